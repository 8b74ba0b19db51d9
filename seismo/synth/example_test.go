package synth_test

import (
	"fmt"
	"slices"

	"github.com/dispel4go/dispel4go/seismo/synth"
)

// Two readers of one station: one reads on, the other jumps ahead.
func ExampleRecording_Read() {
	field, err := synth.New(synth.Default(1, synth.Scatter(1, 24, 40)))
	if err != nil {
		fmt.Println(err)
		return
	}
	on := field.Record(3)
	var hour []float32
	for minute := range 60 {
		hour = append(hour, on.Read(make([]float32, 1200), int64(1200*minute))...)
	}
	ahead := field.Record(3).Read(make([]float32, 100), 70000)
	fmt.Println(len(hour), slices.Equal(ahead, hour[70000:70100]))
	// Output: 72000 true
}
