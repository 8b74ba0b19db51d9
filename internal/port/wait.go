package port

// A WaitError is what a source's Next returns when it has nothing to emit
// before C is closed or yields a value.
type WaitError struct{ C <-chan struct{} }

// Error says what it is, should it reach a person.
func (WaitError) Error() string { return "waiting for data" }
