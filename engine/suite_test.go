package engine_test

import (
	"context"
	"fmt"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/engine/enginetest"
	"github.com/dispel4go/dispel4go/partition"
)

func TestSuiteOnOneRank(t *testing.T) {
	for _, fuse := range []partition.Fuse{partition.Off, partition.All} {
		for _, cores := range []int{1, 2, 0} {
			t.Run(fmt.Sprintf("fuse %s cores %d", fuse, cores), func(t *testing.T) {
				enginetest.Run(t, func(t testing.TB, ctx context.Context, g *d4.Graph) (*engine.Result, error) {
					plan, err := partition.Make(g, partition.Ranks(1, max(cores, 1)), partition.Options{Fuse: fuse})
					if err != nil {
						t.Fatal(err)
					}
					return engine.Run(ctx, engine.Config{Plan: plan, Cores: cores, Seed: 1, Digest: true, Check: true})
				})
			})
		}
	}
}
