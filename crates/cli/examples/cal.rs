use countersign_cli::statistics::*;
use countersign_sim::world::{Kind, Size};
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let kinds = a
        .get(2)
        .map(|k| k.split(',').map(|k| Kind::parse(k).unwrap()).collect())
        .unwrap_or_default();
    let c = Calibration {
        worlds: a[1].parse().unwrap(),
        kinds,
        alphas: vec![0.05],
        freezes: vec![30],
        size: Size::default(),
    };
    let t = std::time::Instant::now();
    let rows = calibrate(&c, &|| ());
    println!("{}\n{:?}", table(&rows), t.elapsed());
}
