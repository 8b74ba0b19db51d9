package abi

import (
	"os"
	"strconv"
)

// tuning are variables that the library reads in MPI_Init. All say up to which
// size a message is sent at once, without asking the receiver first: doing so
// for messages of 64 KiB is 1.5 to 2 times as fast in shared memory. The
// libraries' own limits are a few KiB. A variable that is set already stands.
func tuning(eager int) [][2]string {
	return [][2]string{
		// Open MPI counts its own header. It called the transport in shared
		// memory vader until 4.1, sm from 5.0 on.
		{"OMPI_MCA_btl_vader_eager_limit", strconv.Itoa(eager + 256)},
		{"OMPI_MCA_btl_sm_eager_limit", strconv.Itoa(eager + 256)},
		// MPICH over UCX.
		{"UCX_RNDV_THRESH", strconv.Itoa(eager + 1024)},
	}
}

// tune sets the variables that are not set.
func tune(eager int) error {
	for _, v := range tuning(eager) {
		if _, set := os.LookupEnv(v[0]); set {
			continue
		}
		if err := os.Setenv(v[0], v[1]); err != nil {
			return err
		}
	}
	return nil
}
