// Package slurm takes a job to a supercomputer: it renders the script that
// sbatch wants, submits it, and follows the job.
//
// The cast: Options are what can be said of a job, each by a flag, in the
// environment, in the job file's [slurm], or in the profile of a site. A Site is
// such a profile: its partitions with their limits, its MPI, its modules. A
// Request is what they come to for one job. Fit works out from the plan what
// nobody has said, and refuses what cannot run. A Script is text that an
// administrator can read. A Client asks Slurm's own commands, and waits for
// those that are slow.
//
// # Quoting
//
// No value becomes shell: what goes into the body of a script is in single
// quotes, and what goes into a directive is refused if sbatch could read it as
// something else. Only setup lines are shell, because that is what they are for.
//
// # Time
//
// Slurm sends SIGUSR2 to the ranks some time before the limit. They stop their
// sources, finish what is under way, and exit with code 75. The script then has
// the job queued again, if it is to be, and goes on where it was.
//
// # Caveats
//
// Accounting data bases, mail, quality of service and much else are missing at
// some sites. What is asked of Slurm is therefore asked in more than one way,
// and an answer that does not come is no reason to fail where a profile or the
// run directory can tell.
package slurm
