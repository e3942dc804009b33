//! The stylesheet's colours, measured: only built for its tests.

/// Relative luminance as WCAG 2.2 defines it, of `#rgb` or `#rrggbb`.
fn luminance(colour: &str) -> f64 {
    let digits: Vec<u32> = colour.chars().filter_map(|c| c.to_digit(16)).collect();
    let channel = |index: usize| {
        let value = match digits.len() {
            3 => digits[index] * 17,
            _ => digits[2 * index] * 16 + digits[2 * index + 1],
        };
        let share = f64::from(value) / 255.0;
        if share <= 0.040_45 {
            share / 12.92
        } else {
            libm::pow((share + 0.055) / 1.055, 2.4)
        }
    };
    0.2126 * channel(0) + 0.7152 * channel(1) + 0.0722 * channel(2)
}

fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    one.max(other) / one.min(other)
}

/// Tokens of the first, second, ... `:root` of the stylesheet, later ones over earlier ones.
fn tokens(scheme: usize) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for part in crate::STYLESHEET.split(":root {").skip(1).take(scheme + 1) {
        let block = part.split('}').next().unwrap_or_default();
        for declaration in block.split(';') {
            if let Some((name, value)) = declaration.split_once(':') {
                all.insert(0, (name.trim().to_owned(), value.trim().to_owned()));
            }
        }
    }
    all
}

fn token(tokens: &[(String, String)], name: &str) -> String {
    let found = tokens.iter().find(|(one, _)| one == &format!("--{name}"));
    found.map(|(_, value)| value.clone()).unwrap()
}

#[test]
fn contrast_is_computed_as_wcag_does() {
    assert!((contrast("#000", "#fff") - 21.0).abs() < 1e-9);
    assert!((contrast("#777777", "#ffffff") - 4.478).abs() < 1e-3);
}

#[test]
fn every_word_stands_out_from_what_is_behind_it_in_light_dark_and_print() {
    for (scheme, name) in ["light", "dark", "print"].iter().enumerate() {
        let tokens = tokens(scheme);
        let get = |name: &str| token(&tokens, name);
        for behind in ["page", "raised", "alert-bg", "warn-bg", "info-bg"] {
            for word in ["ink", "muted", "link"] {
                let ratio = contrast(&get(word), &get(behind));
                assert!(ratio >= 4.5, "{name}: {word} on {behind}: {ratio:.2}");
            }
        }
        for mood in ["alert", "warn", "info"] {
            for behind in ["page".to_owned(), format!("{mood}-bg")] {
                let ratio = contrast(&get(mood), &get(&behind));
                assert!(ratio >= 4.5, "{name}: {mood} on {behind}: {ratio:.2}");
            }
            // The tag of the box at the top: page on mood.
            assert!(
                contrast(&get("page"), &get(mood)) >= 4.5,
                "{name}: page on {mood}"
            );
        }
        let lines = contrast(&get("control"), &get("page"));
        assert!(lines >= 3.0, "{name}: lines of charts: {lines:.2}");
    }
}
