package port

// An Untyped is an output whose type of items is known only when the program
// runs. A PE has it as a field, as it has an Out.
type Untyped struct {
	out  Output
	emit func(item any)
}

// UntypedTo returns an output that can be joined with in.
func UntypedTo(in Input) Untyped { return in.(interface{ untyped() Untyped }).untyped() }

func (s *inState[T]) untyped() Untyped {
	o := new(Out[T])
	return Untyped{o.output(), func(item any) { o.Emit(item.(T)) }}
}

// Emit is that of Out. It panics where the item is of another type.
func (u *Untyped) Emit(item any) { u.emit(item) }

func (u *Untyped) output() Output { return u.out }
