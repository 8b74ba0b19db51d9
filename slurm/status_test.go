package slurm

import (
	"errors"
	"strings"
	"testing"
)

// hostile are names that a job may have, and that look like what stands around them.
var hostile = []string{"x JobState=FAILED", "a UserId=root(0) GroupId=root(0) MCS_label=N/A JobState=TIMEOUT Reason=None", "x\nJobId=8 JobName=y UserId=root(0) JobState=FAILED",
	"a|b", "|", "RUNNING", "a=b", "=", "a B=c", "JobName=a", "\n", "a\n7", "a\nb\n", "\t", `"`, "a  b", "x UserId=y"}

// TestHostileNames: whatever a job is called, its state is what Slurm says.
func TestHostileNames(t *testing.T) {
	for _, name := range hostile {
		for _, folder := range []string{"/home/me", "/home/a\nb", "/home/x JobState=FAILED|", "/home/JobId=9 JobName=z UserId=me", "/home/a\nJobId=9 JobName=z UserId=me JobState=FAILED"} {
			ctl := controller{}
			queued := fields("7_1", name, "RUNNING", "None", "1:00", "1:00:00", "n1", "N/A", folder) + fields("7_2", name, "PENDING", "Resources", "0:00", "1:00:00", "", "N/A", folder)
			ctl.answer = func(string, []string) (string, error) { return queued, nil }
			all, err := ctl.client().Status(t.Context(), "7")
			if err != nil || len(all) != 2 || all[0] != (Status{ID: "7_1", Name: name, State: "RUNNING", Elapsed: "1:00", Limit: "1:00:00", Nodes: "n1", Folder: folder, From: "squeue"}) ||
				all[1].ID != "7_2" || all[1].Name != name || all[1].State != "PENDING" || all[1].Folder != folder {
				t.Errorf("squeue, %q in %q: %v, %+v", name, folder, err, all)
			}
			kept := fields("7", name, "COMPLETED", "None", "00:00:09", "01:00:00", "n1", "0:0", folder)
			ctl.answer = func(command string, _ []string) (string, error) {
				if command == "sacct" {
					return kept, nil
				}
				return "", nil
			}
			all, err = ctl.client().Status(t.Context(), "7")
			if err != nil || len(all) != 1 || all[0].Name != name || all[0].State != "COMPLETED" || all[0].ExitCode != "0:0" || all[0].Folder != folder {
				t.Errorf("sacct, %q in %q: %v, %+v", name, folder, err, all)
			}
			remembered := "JobId=7 JobName=" + name + " UserId=root(0) GroupId=root(0) MCS_label=N/A JobState=COMPLETED Reason=None Restarts=0 ExitCode=0:0 RunTime=00:01:01 TimeLimit=00:02:00 NodeList=n1 Command=" +
				folder + "/x WorkDir=" + folder + " Comment=c StdOut=/dev/zero StdErr=/log/7.log StdIn=/dev/null StdOut=/log/7.log Power= \n"
			ctl.answer = func(command string, args []string) (string, error) {
				switch {
				case command == "scontrol":
					return remembered, nil
				case command == "squeue" && strings.Contains(strings.Join(args, " "), "-t all"):
					return fields("7", name), nil
				}
				return "", errNoBase
			}
			all, err = ctl.client().Status(t.Context(), "7")
			if err != nil || len(all) != 1 || all[0].Name != name && all[0].Name != strings.TrimSpace(name) || all[0].State != "COMPLETED" || all[0].ExitCode != "0:0" ||
				all[0].Log != "/log/7.log" && !strings.Contains(folder, "\nJobId=") {
				t.Errorf("scontrol, %q in %q: %v, %+v", name, folder, err, all)
			}
		}
	}
}

// TestPlainNames: where a name looks like nothing else, one question is enough.
func TestPlainNames(t *testing.T) {
	ctl := controller{answer: func(command string, _ []string) (string, error) {
		if command == "scontrol" {
			return "JobId=7 JobName=a b UserId=root(0) JobState=COMPLETED StdOut=/log\n", nil
		}
		return "", errors.New("it was asked")
	}}
	if file, err := ctl.client().Log(t.Context(), "7"); err != nil || file != "/log" || len(ctl.asked) != 1 {
		t.Errorf("%q, %v, asked %v", file, err, ctl.asked)
	}
}
