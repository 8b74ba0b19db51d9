// Sends numbers of 8 bytes from worker 0 to worker 1, two threads of one
// process, and prints how many arrived a second: `timely-driver ITEMS`.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Instant;

use timely::dataflow::channels::pact::{Exchange, Pipeline};
use timely::dataflow::operators::generic::operator::{source, Operator};
use timely::dataflow::operators::Probe;

const STEP: u64 = 1 << 14;

fn main() {
    let items: u64 = std::env::args().nth(1).expect("how many items").parse().expect("a number");
    timely::execute(timely::Config::process(2), move |worker| {
        let index = worker.index();
        let count = Rc::new(Cell::new(0u64));
        let total = Rc::new(Cell::new(0u64));
        let (seen, sum) = (count.clone(), total.clone());
        let start = Instant::now();
        let probe = worker.dataflow::<u64, _, _>(|scope| {
            source(scope, "numbers", move |capability, info| {
                let activator = scope.activator_for(info.address);
                let mut capability = if index == 0 { Some(capability) } else { None };
                let mut at = 0u64;
                move |output| {
                    if let Some(c) = &capability {
                        let mut session = output.session(c);
                        let end = items.min(at + STEP);
                        for x in at..end {
                            session.give(x);
                        }
                        at = end;
                    }
                    if at == items {
                        capability = None;
                    }
                    if capability.is_some() {
                        activator.activate();
                    }
                }
            })
            .container::<Vec<u64>>()
            .unary(Exchange::new(|_: &u64| 1u64), "sum", move |_, _| {
                move |input, output| {
                    input.for_each_time(|time, batches| {
                        let _ = output.session(&time);
                        for batch in batches {
                            seen.set(seen.get() + batch.len() as u64);
                            sum.set(sum.get().wrapping_add(batch.iter().sum::<u64>()));
                        }
                    });
                }
            })
            .container::<Vec<u64>>()
            .unary::<timely::container::CapacityContainerBuilder<Vec<u64>>, _, _, _>(Pipeline, "end", |_, _| {
                |input, _output| input.for_each(|_, _| {})
            })
            .probe()
            .0
        });
        while !probe.done() {
            worker.step();
        }
        if index == 1 {
            assert_eq!(count.get(), items);
            assert_eq!(total.get(), items * (items - 1) / 2);
            println!("{}", items as f64 / start.elapsed().as_secs_f64());
        }
    })
    .expect("timely did not start");
}
