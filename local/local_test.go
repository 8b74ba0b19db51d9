package local_test

import (
	"testing"

	"github.com/dispel4go/dispel4go/local"
	"github.com/dispel4go/dispel4go/transport"
	"github.com/dispel4go/dispel4go/transport/transporttest"
)

func TestSuite(t *testing.T) {
	for _, c := range []struct {
		name string
		opts []local.Option
	}{
		{"plain", nil},
		{"without_parts", []local.Option{local.WithoutParts()}},
		{"one_way", []local.Option{local.OneWay()}},
		{"nodes", []local.Option{local.Nodes(2)}},
		{"one_frame", []local.Option{local.Bound(0)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			transporttest.Run(t, func(_ testing.TB, n int) []transport.Transport {
				return local.New(n, c.opts...)
			})
		})
	}
}
