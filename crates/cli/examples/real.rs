fn main() {
    let a: Vec<String> = std::env::args().collect();
    let t = std::time::Instant::now();
    let rows = countersign_cli::statistics::real_log(a[1].as_ref(), a[2].parse().unwrap(), &|| ())
        .unwrap();
    println!(
        "{}\n{:?}",
        countersign_cli::statistics::real_table(&rows),
        t.elapsed()
    );
}
