//! The one place that writes SVG: shapes with classes, and text that is escaped.

use core::fmt::Write as _;

use super::Layout;

/// Which end of a text stands at its point.
#[derive(Clone, Copy, Debug)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A drawing under way.
#[derive(Debug)]
pub(super) struct Canvas(String);

impl Canvas {
    /// Opens a drawing that a screen reader takes as one picture with a title and a finding.
    pub(super) fn new(id: &str, layout: Layout, size: (f64, f64), words: (&str, &str)) -> Self {
        let name = layout.pick("wide", "narrow");
        let mut canvas = Self(format!(
            "<svg class=\"chart {name}\" viewBox=\"0 0 {} {}\" role=\"img\" \
             aria-labelledby=\"{id}-{name}-title {id}-{name}-desc\">",
            Px(size.0),
            Px(size.1)
        ));
        for (tag, text) in [("title", words.0), ("desc", words.1)] {
            canvas.put(format_args!(
                "<{tag} id=\"{id}-{name}-{tag}\">{}</{tag}>",
                Escaped(text)
            ));
        }
        canvas
    }

    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        self.put(format_args!(
            "<line class=\"{class}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>",
            Px(from.0),
            Px(from.1),
            Px(to.0),
            Px(to.1)
        ));
    }

    pub(super) fn text(&mut self, class: &str, at: (f64, f64), anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        self.put(format_args!(
            "<text class=\"{class}\" x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
            Px(at.0),
            Px(at.1),
            Escaped(text)
        ));
    }

    /// A line that goes level to each point's x and then up or down to its y.
    pub(super) fn steps(&mut self, class: &str, points: &[(f64, f64)]) {
        let Some((first, rest)) = points.split_first() else {
            return;
        };
        self.put(format_args!(
            "<path class=\"{class}\" d=\"M{} {}",
            Px(first.0),
            Px(first.1)
        ));
        let mut level = first.1;
        for (x, y) in rest {
            self.put(format_args!("H{}", Px(*x)));
            if Px(*y).to_string() != Px(level).to_string() {
                self.put(format_args!("V{}", Px(*y)));
            }
            level = *y;
        }
        self.0.push_str("\"/>");
    }

    pub(super) fn bar(&mut self, class: &str, from: (f64, f64), size: (f64, f64)) {
        self.put(format_args!(
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
            Px(from.0),
            Px(from.1),
            Px(size.0),
            Px(size.1)
        ));
    }

    pub(super) fn dot(&mut self, class: &str, at: (f64, f64), radius: f64) {
        self.put(format_args!(
            "<circle class=\"{class}\" cx=\"{}\" cy=\"{}\" r=\"{}\"/>",
            Px(at.0),
            Px(at.1),
            Px(radius)
        ));
    }

    pub(super) fn close(mut self) -> String {
        self.0.push_str("</svg>");
        self.0
    }

    fn put(&mut self, what: core::fmt::Arguments<'_>) {
        // Writing into a string can't fail.
        let _ = self.0.write_fmt(what);
    }
}

/// A coordinate with one decimal, no trailing zero, never a broken number.
struct Px(f64);

impl core::fmt::Display for Px {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let value = if self.0.is_finite() {
            libm::round(self.0 * 10.0) / 10.0
        } else {
            0.0
        };
        write!(f, "{}", if value == 0.0 { 0.0 } else { value })
    }
}

struct Escaped<'a>(&'a str);

impl core::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_a_drawing_can_not_end_it() {
        let mut canvas = Canvas::new(
            "c",
            Layout::Wide,
            (10.0, 10.0),
            ("</title><script>", "\"'&"),
        );
        canvas.text(
            "end",
            (1.25, f64::NAN),
            Anchor::End,
            "</text></svg><script>",
        );
        let drawn = canvas.close();
        assert!(!drawn.contains("<script"));
        assert!(drawn.contains("&lt;/text&gt;&lt;/svg&gt;"));
        assert!(drawn.contains("x=\"1.3\" y=\"0\""));
    }

    #[test]
    fn a_level_stretch_is_one_step() {
        let mut canvas = Canvas::new("c", Layout::Wide, (10.0, 10.0), ("", ""));
        canvas.steps("s", &[(0.0, 5.0), (1.0, 5.0), (2.0, 3.0)]);
        assert!(canvas.close().contains("d=\"M0 5H1H2V3\""));
    }
}
