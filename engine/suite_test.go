package engine_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/engine/enginetest"
	"github.com/dispel4go/dispel4go/local"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/transport"
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

func TestSuiteOnLocalRanks(t *testing.T) {
	for _, ranks := range []int{2, 3, 4} {
		for name, opts := range map[string][]local.Option{"parts": nil, "no parts": {local.WithoutParts()}, "one way": {local.OneWay()}} {
			for _, cores := range []int{0, 1} {
				t.Run(fmt.Sprintf("%d ranks, %s, cores %d", ranks, name, cores), func(t *testing.T) {
					enginetest.Run(t, func(t testing.TB, ctx context.Context, g *d4.Graph) (*engine.Result, error) {
						plan, err := partition.Make(g, partition.Ranks(ranks, 1), partition.Options{Fuse: partition.Off, Budget: 1 << 20})
						if err != nil {
							t.Fatal(err)
						}
						return runAll(t, ctx, local.New(ranks, opts...), engine.Config{Plan: plan, Cores: cores, Seed: 1, Digest: true, Check: true}, nil)
					})
				})
			}
		}
	}
}

// each makes the configuration of one rank out of the common one.
type each func(rank int, cfg *engine.Config)

// runAll runs all ranks of a plan in this process. What a transport that is
// one-way leaves on each rank is put together as a submitter would.
func runAll(t testing.TB, ctx context.Context, ends []transport.Transport, cfg engine.Config, set each) (*engine.Result, error) {
	t.Helper()
	results := make([]*engine.Result, len(ends))
	errs := make([]error, len(ends))
	var wg sync.WaitGroup
	for k, end := range ends {
		c := cfg
		c.Transport, c.Grace = end, cmp.Or(cfg.Grace, unhurried)
		if set != nil {
			set(k, &c)
		}
		wg.Go(func() { results[k], errs[k] = engine.Run(ctx, c) })
	}
	wg.Wait()
	var failed error
	for k := range errs {
		var f *engine.Failure
		if errors.As(errs[k], &f) && (failed == nil || f.PE != "") {
			failed = f
		} else if failed == nil {
			failed = errs[k]
		}
	}
	for _, r := range results[1:] {
		if r != nil && r.Stuck && results[0] != nil {
			results[0].Stuck = true // whether it has heard of it or not
		}
	}
	if failed != nil {
		return results[0], failed
	}
	if ends[0].Capabilities().OneWay {
		return enginetest.Join(results), nil
	}
	return results[0], nil
}
