use countersign_core::holder::Holders;
use countersign_core::trace::index::{Sweep, build_in_memory};
use countersign_core::trace::*;
use countersign_sim::world::{Kind, Size, build};
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let kind = Kind::parse(&a[1]).unwrap();
    let k: u8 = a[2].parse().unwrap();
    for seed in 1..=a[3].parse().unwrap() {
        let w = build(kind, seed, &Size::default());
        let h = Holders::of(&w.desk);
        let ix = build_in_memory(&w.desk, &h, &w.views);
        let sw = Sweep::new(ix.index(), &w.desk);
        let t = std::time::Instant::now();
        let g = gather(&w.desk, &sw, 30);
        let tg = t.elapsed();
        let s = Settings {
            alpha: 0.05,
            colluders: k,
            ..Settings::default()
        };
        let o = judge(&h, &sw, &g, &s, Depth::Claims);
        println!(
            "seed {seed} views {} sellers {:?} suspects {:?} universal {:?} gather {:?} judge {:?}",
            w.views.len(),
            w.truth
                .sellers
                .iter()
                .map(|&x| h.of_account[x as usize])
                .collect::<Vec<_>>(),
            w.truth.suspects,
            o.universal.len(),
            tg,
            t.elapsed() - tg
        );
        for n in &o.namings {
            println!("   {:?} after {}", n.who(), n.after_reports());
        }
        let fr = g.frozen.iter().filter(|f| f.compared.is_some()).count();
        let items: Vec<u32> = g
            .frozen
            .iter()
            .filter_map(|f| f.compared.as_ref().map(|c| c.items))
            .collect();
        let best = o
            .frozen_paths
            .iter()
            .enumerate()
            .max_by(|a, b| a.1.last().unwrap().total_cmp(b.1.last().unwrap()))
            .map(|(p, x)| (p, *x.last().unwrap()));
        println!(
            "   frozen {fr} of {} best {best:?} items {:?}",
            g.frozen.len(),
            items
        );
    }
}
