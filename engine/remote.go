package engine

import (
	"context"

	"github.com/dispel4go/dispel4go/internal/port"
	"github.com/dispel4go/dispel4go/transport"
)

type remote struct{}
type received struct{}

func newRemote(r *rank, t transport.Transport) *remote                       { return nil }
func (m *remote) send(s *stage, o *outEdge, to int, b port.Batch, bytes int) {}
func (m *remote) promise(s *stage, to int, edge, from int, p promise)        {}
func (m *remote) open(i *instance, edge int, d *delivery) port.Batch         { return nil }
func (m *remote) credit(s *stage, edge int, d *delivery)                     {}
func (m *remote) fail(f *Failure)                                            {}
func (m *remote) wake()                                                      {}
func (m *remote) flush()                                                     {}
func (m *remote) refuse(err error)                                           {}
func (m *remote) run(ctx context.Context) (*Result, error)                   { return nil, nil }
