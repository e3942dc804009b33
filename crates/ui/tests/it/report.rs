//! What `report.html` says and how it is built, for every sample.

use countersign_core::verdict::{LevelKind, State, Verdict, Views};
use countersign_ui::{report, samples};

use crate::wellformed::{Element, read};

fn sample(name: &str) -> Verdict {
    samples()
        .into_iter()
        .find(|(one, _)| *one == name)
        .unwrap()
        .1
}

fn page(name: &str) -> Vec<Element> {
    read(&report(&sample(name)).unwrap()).unwrap()
}

/// The text of the box at the top of the page.
fn verdict_box(elements: &[Element]) -> &str {
    &elements
        .iter()
        .find(|element| element.has_class("verdict"))
        .unwrap()
        .text
}

#[test]
fn every_sample_is_a_strictly_well_formed_page() {
    for (name, verdict) in samples() {
        if let Err(wrong) = read(&report(&verdict).unwrap()) {
            panic!("{name}: {wrong}");
        }
    }
}

/// The page without what repeats: rows after a table's third, drawings but for one sample.
fn shortened(name: &str, page: &str) -> String {
    let mut out = String::new();
    let mut rows = 0;
    for line in page.lines() {
        rows = if line.starts_with("<tr><th") || line.starts_with("<tr class") {
            rows + 1
        } else {
            0
        };
        let drawing = line.starts_with("<svg") && name != "named";
        if drawing {
            out.push_str("(drawing)\n");
        } else if rows <= 3 {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

#[test]
fn every_sample_looks_as_it_did() {
    for (name, verdict) in samples() {
        // The stylesheet has its own eyes; its digest may move without a word on the page moving.
        let page = report(&verdict).unwrap();
        let start = page.find("<body>").unwrap();
        insta::assert_snapshot!(name, shortened(name, &page[start..]));
    }
}

#[test]
fn the_same_verdict_gives_the_same_bytes() {
    for ((name, first), (_, second)) in samples().into_iter().zip(samples()) {
        assert_eq!(report(&first).unwrap(), report(&second).unwrap(), "{name}");
    }
}

#[test]
fn each_state_has_its_sentence() {
    for (name, sentence) in [
        (
            "nothing",
            "No report has moved the evidence towards any account.",
        ),
        (
            "lead",
            "No account is named. After the last report the account ",
        ),
        (
            "strong_lead",
            "No account is named. Look at the accounts Heron-41, Wren-08 and Finch-77 first",
        ),
        (
            "set_named",
            "The list leaked through one of these accounts, which saw nearly the same records: \
             Heron-41 or Wren-08, or a source with the same rows.",
        ),
        (
            "named",
            "The list leaked through the account Heron-41, or a source with the same rows.",
        ),
        (
            "team_named",
            "The list leaked through an account of the team Mac, Manila, or a source with the same rows.",
        ),
        (
            "copy_named",
            "The list leaked through the copy dialler-list-june, whoever made or held it, or a \
             source with the same rows.",
        ),
    ] {
        let page = page(name);
        let said = verdict_box(&page);
        assert!(said.contains(sentence), "{name}: {said}");
        assert!(
            said.contains("ever names an innocent person is at most 1 in 1,000"),
            "{name} must say how sure"
        );
        assert!(
            said.contains("no dismissal on a naming alone"),
            "{name}: {said}"
        );
        assert!(
            !said.contains("innocent is"),
            "{name} must not turn the bound around"
        );
    }
}

#[test]
fn red_is_only_for_what_is_named() {
    for (name, verdict) in samples() {
        let page = read(&report(&verdict).unwrap()).unwrap();
        let red = page
            .iter()
            .any(|element| element.has_class("alert") || element.has_class("named"));
        let claimed = matches!(verdict.state, State::Named | State::SetNamed);
        assert_eq!(red, claimed, "{name}");
    }
}

#[test]
fn a_lead_stays_a_lead_whatever_else_the_document_holds() {
    let mut verdict = sample("named");
    verdict.state = State::Lead;
    let page = read(&report(&verdict).unwrap()).unwrap();
    assert!(verdict_box(&page).contains("so this page accuses nobody"));
    assert!(
        !page
            .iter()
            .any(|element| element.has_class("alert") || element.has_class("named"))
    );
}

#[test]
fn a_log_of_changes_says_so_before_how_sure_it_is() {
    let page = page("changes_only");
    let said = verdict_box(&page);
    let changes = said
        .find("Changes only: who looked without changing anything is not in this log")
        .unwrap();
    assert!(changes < said.find("The chance that").unwrap());
    for (name, verdict) in samples() {
        let says = report(&verdict).unwrap().contains("Changes only");
        assert_eq!(says, verdict.views == Views::ChangesOnly, "{name}");
    }
}

#[test]
fn a_fragile_naming_and_an_exploratory_run_say_so_at_the_top() {
    assert!(verdict_box(&page("named_fragile")).contains("Fragile: an unfairness"));
    assert!(!verdict_box(&page("named")).contains("Fragile"));
    let page = page("exploratory");
    assert!(verdict_box(&page).contains("Exploratory:"));
    assert!(verdict_box(&page).contains("at most 1 in 20"));
}

/// Ends of the chart's lines, read back from the drawing, beside the table's last row.
fn ends(svg: &str, ticks: &[(f64, f64)]) -> Vec<f64> {
    let (low, high) = (ticks.first().unwrap(), ticks.last().unwrap());
    svg.split("<path class=\"race")
        .skip(1)
        .map(|path| {
            let data = path
                .split("d=\"")
                .nth(1)
                .unwrap()
                .split('"')
                .next()
                .unwrap();
            let start: f64 = data
                .split('H')
                .next()
                .unwrap()
                .split(' ')
                .nth(1)
                .unwrap()
                .parse()
                .unwrap();
            let y = data.rsplit_once('V').map_or(start, |(_, tail)| {
                tail.split('H').next().unwrap().parse().unwrap()
            });
            low.0 + (y - low.1) / (high.1 - low.1) * (high.0 - low.0)
        })
        .collect()
}

#[test]
fn each_line_ends_where_its_table_says() {
    let html = report(&sample("named")).unwrap();
    let elements = read(&html).unwrap();
    for (id, layout) in [
        ("naming", "wide"),
        ("naming", "narrow"),
        ("leading", "wide"),
    ] {
        let start = html
            .find(&format!("aria-labelledby=\"{id}-{layout}-title"))
            .unwrap();
        let svg = &html[start..start + html[start..].find("</svg>").unwrap()];
        // Where the drawing puts 1 and the largest power of ten that it labels.
        let ticks: Vec<(f64, f64)> = svg
            .split("<text class=\"tick up\"")
            .skip(1)
            .filter_map(|text| {
                let y: f64 = text.split("y=\"").nth(1)?.split('"').next()?.parse().ok()?;
                let words = text.split('>').nth(1)?.split('<').next()?;
                let power = match words {
                    "1" => 0.0,
                    "1,000" => 3.0,
                    "1\u{a0}million" => 6.0,
                    "1\u{a0}billion" => 9.0,
                    _ => return None,
                };
                let lifted = if layout == "wide" { 4.0 } else { -3.0 };
                Some((power * 10_f64.ln(), y - lifted))
            })
            .collect();
        assert!(ticks.len() >= 2, "{id} {layout}: {ticks:?}");
        let mut drawn = ends(svg, &ticks);
        let table = elements
            .iter()
            .position(|element| element.get("id") == Some(&format!("{id}-table")))
            .and_then(|caption| elements[caption].parent)
            .unwrap();
        let inside = |mut place: usize| {
            while let Some(parent) = elements[place].parent {
                if parent == table {
                    return true;
                }
                place = parent;
            }
            false
        };
        let values: Vec<f64> = (0..elements.len())
            .filter(|place| elements[*place].name == "data" && inside(*place))
            .map(|place| elements[place].get("value").unwrap().parse().unwrap())
            .collect();
        let mut last: Vec<f64> = values[values.len() - 8..]
            .iter()
            // The drawing is cut at one hundredth.
            .map(|value| value.max(-2.0 * 10_f64.ln()))
            .collect();
        drawn.sort_by(f64::total_cmp);
        last.sort_by(f64::total_cmp);
        let step = (ticks[1].0 - ticks[0].0) / (ticks[0].1 - ticks[1].1).abs();
        for (drawn, table) in drawn.iter().zip(&last) {
            assert!(
                (drawn - table).abs() < 0.4 * step,
                "{id} {layout}: {drawn} is not {table}"
            );
        }
    }
}

#[test]
fn each_chart_stands_beside_a_table_of_as_many_rows() {
    for (name, verdict) in samples() {
        let page = read(&report(&verdict).unwrap()).unwrap();
        let charts = page
            .iter()
            .filter(|element| element.has_class("chart"))
            .count();
        let reports = verdict.timeline.len();
        let claims = verdict.named.iter().chain(&verdict.set_named);
        let own = claims
            .filter(|claim| claim.level != LevelKind::Person || verdict.colluders > 1)
            .count();
        assert_eq!(
            charts,
            if reports == 0 { 0 } else { 8 + 2 * own },
            "{name}: four charts and one for each claim with its own path, two layouts"
        );
        for (id, rows) in [
            ("naming-table", reports),
            ("leading-table", reports),
            ("weeks-table", verdict.sale_date.len()),
            ("story-table", reports),
        ] {
            let Some(caption) = page.iter().find(|element| element.get("id") == Some(id)) else {
                assert_eq!(rows, 0, "{name}: {id} is missing");
                continue;
            };
            let table = caption.parent.unwrap();
            let body = page
                .iter()
                .position(|element| element.name == "tbody" && element.parent == Some(table))
                .unwrap();
            let found = page
                .iter()
                .filter(|element| element.parent == Some(body))
                .count();
            assert_eq!(found, rows, "{name}: {id}");
        }
    }
}

#[test]
fn the_timeline_has_a_dot_for_every_report() {
    let html = report(&sample("many")).unwrap();
    // Two layouts.
    assert_eq!(html.matches("<circle class=\"dot").count(), 240);
    let used = sample("many").reports.used;
    assert_eq!(
        html.matches("<circle class=\"dot used\"").count() as u64,
        2 * used
    );
}

#[test]
fn nothing_hostile_gets_out_of_its_place() {
    let html = report(&sample("hostile")).unwrap();
    let page = read(&html).unwrap();
    assert!(!page.iter().any(|element| element.name == "script"));
    assert_eq!(
        page.iter()
            .filter(|element| element.name == "style")
            .count(),
        2
    );
    assert_eq!(
        page.iter()
            .filter(|element| element.name == "title")
            .count(),
        9,
        "one, and a chart each"
    );
    for turning in ['\u{202e}', '\u{2066}', '\u{2069}', '\u{0}'] {
        assert!(
            !html.contains(turning),
            "{turning:?} would turn the text around"
        );
    }
    assert!(html.contains("שלום עולם"), "other scripts are not tricks");
    assert!(html.len() < 900_000, "{} bytes", html.len());
}

#[test]
fn the_page_runs_no_script_and_asks_nobody_for_anything() {
    for (name, verdict) in samples() {
        let html = report(&verdict).unwrap();
        let page = read(&html).unwrap();
        let policy = page
            .iter()
            .find(|element| element.get("http-equiv") == Some("Content-Security-Policy"))
            .and_then(|meta| meta.get("content"))
            .unwrap();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'sha256-"),
            "{name}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{name}: {policy}");
        for element in &page {
            assert!(
                !["script", "link", "iframe", "img", "form", "object"]
                    .contains(&element.name.as_str())
            );
            for (key, value) in &element.attributes {
                assert!(
                    !key.starts_with("on") && key != "style" && key != "src",
                    "{name}: {key}"
                );
                assert!(key != "href" || value.starts_with('#'), "{name}: {value}");
            }
        }
        assert!(!countersign_ui::STYLESHEET.contains("url("));
        assert!(!countersign_ui::STYLESHEET.contains("@import"));
    }
}

#[test]
fn headings_go_down_one_level_at_a_time_and_there_is_one_main() {
    for (name, verdict) in samples() {
        let page = read(&report(&verdict).unwrap()).unwrap();
        let levels: Vec<usize> = page
            .iter()
            .filter_map(|element| {
                ["h1", "h2", "h3"]
                    .iter()
                    .position(|one| *one == element.name)
            })
            .collect();
        assert_eq!(levels.first(), Some(&0), "{name}");
        assert_eq!(
            levels.iter().filter(|level| **level == 0).count(),
            1,
            "{name}"
        );
        assert!(
            levels.windows(2).all(|pair| pair[1] <= pair[0] + 1),
            "{name}: {levels:?}"
        );
        assert_eq!(
            page.iter().filter(|element| element.name == "main").count(),
            1
        );
        for element in &page {
            if element.name == "th" {
                assert!(element.get("scope").is_some(), "{name}: {}", element.text);
            }
            if element.name == "table" {
                assert!(page.iter().any(|one| {
                    one.name == "caption"
                        && one
                            .parent
                            .is_some_and(|parent| std::ptr::eq(&raw const page[parent], element))
                }));
            }
        }
    }
}

#[test]
fn every_figure_of_the_reports_is_on_the_page() {
    let mut verdict = sample("named");
    let reports = &mut verdict.reports;
    reports.unverified = 1_101;
    reports.solicited = 1_102;
    reports.repeated = 1_103;
    reports.unmatched = 1_104;
    reports.without_call_time = 1_105;
    reports.never_issued = 1_106;
    reports.unseen = 1_107;
    reports.rejected = 1_108;
    let html = report(&verdict).unwrap();
    for figure in 1_101..=1_108 {
        let shown = format!(">1,{}<", figure - 1_000);
        assert!(html.contains(&shown), "{figure}");
    }
}

#[test]
fn the_command_and_the_digests_are_given_whole() {
    let verdict = sample("named");
    let page = page("named");
    let text = &page[0].text;
    assert!(text.contains(&verdict.recompute));
    for input in &verdict.inputs {
        assert!(text.contains(&input.sha256) && text.contains(&input.path));
    }
    assert!(text.contains(
        "unless it leaked through Magpie-50 (program), which saw 99.1\u{a0}% of the records"
    ));
}

/// The text of a table's row whose head holds these words.
fn row_with<'a>(elements: &'a [Element], table: &str, head: &str) -> &'a str {
    let caption = elements
        .iter()
        .find(|element| element.get("id") == Some(table))
        .unwrap();
    let inside = |mut place: usize| {
        while let Some(parent) = elements[place].parent {
            if Some(parent) == caption.parent {
                return true;
            }
            place = parent;
        }
        false
    };
    &elements
        .iter()
        .enumerate()
        .find(|(place, one)| one.name == "tr" && one.text.contains(head) && inside(*place))
        .unwrap()
        .1
        .text
}

#[test]
fn a_path_is_drawn_at_the_number_of_its_report_and_not_of_the_used_one() {
    let verdict = sample("named");
    let claim = &verdict.named[0];
    // Evidence of the report at which the bound was passed, and of the one before it.
    let used = |number: u64| {
        let before = verdict
            .timeline
            .iter()
            .take(usize::try_from(number).unwrap());
        before.filter(|entry| entry.used).count()
    };
    let made = used(claim.after_reports);
    assert!(made < usize::try_from(claim.after_reports).unwrap());
    assert!(claim.path[made - 1] >= claim.threshold && claim.path[made - 2] < claim.threshold);
    let html = report(&verdict).unwrap();
    let report_name = &verdict.timeline[usize::try_from(claim.after_reports).unwrap() - 1].report;
    let start = html.find("id=\"naming-table\"").unwrap();
    let row = html[start..]
        .lines()
        .find(|line| line.contains(report_name.as_str()))
        .unwrap();
    assert!(
        row.contains(&format!("{:.6}", claim.path[made - 1])),
        "{row}"
    );
    // A report that is not used leaves the line level.
    let unused = verdict
        .timeline
        .iter()
        .position(|entry| !entry.used)
        .unwrap();
    let value = |index: usize| {
        let name = &verdict.timeline[index].report;
        let rest = html[start..].lines();
        let row = rest
            .clone()
            .find(|line| line.contains(name.as_str()))
            .unwrap();
        row.split("value=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(value(unused), value(unused - 1));
    assert_eq!(
        value(verdict.timeline.len() - 1),
        format!("{:.6}", claim.path.last().unwrap())
    );
}

#[test]
fn each_claim_is_shown_against_its_own_bound_then_and_now() {
    for (name, verdict) in samples() {
        if name == "hostile" {
            continue;
        }
        let html = report(&verdict).unwrap();
        let page = read(&html).unwrap();
        for claim in verdict.named.iter().chain(&verdict.set_named) {
            let head = claim.group.as_ref().unwrap_or(&claim.holders[0]);
            let row = row_with(&page, "claims-table", head);
            let fallen = *claim.path.last().unwrap() < claim.threshold;
            assert_eq!(row.contains("under the bound"), fallen, "{name}: {row}");
            let start = html.find("id=\"claims-table\"").unwrap();
            let shown = &html[start..start + html[start..].find("</table>").unwrap()];
            for value in [claim.threshold, *claim.path.last().unwrap()] {
                assert!(
                    shown.contains(&format!("value=\"{value:.6}\"")),
                    "{name}: {value}"
                );
            }
            if claim.level != LevelKind::Person {
                let start = html.find("id=\"claim-1-table\"").unwrap();
                assert!(
                    html[start..].contains(&format!("{:.6}", claim.path[0])),
                    "{name}"
                );
            }
        }
    }
}

#[test]
fn a_naming_whose_evidence_has_fallen_since_says_so_and_that_it_stays() {
    let page = page("named_fallen");
    let said = verdict_box(&page);
    for words in [
        "It passed after ",
        "the same evidence stands at ",
        "By the rule a naming once made stays",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    for (name, verdict) in samples() {
        let html = report(&verdict).unwrap();
        assert_eq!(
            html.contains("It passed after "),
            // The hostile sample never reached what it claims.
            matches!(name, "named_fallen" | "hostile"),
            "{name}"
        );
    }
}

#[test]
fn the_page_says_from_when_on_views_do_not_count_and_how_many_groups_are_hidden() {
    let mut verdict = sample("named");
    let freeze = verdict.freeze.as_mut().unwrap();
    freeze.first_call = "2019-08-01T09:30:00Z".to_owned();
    freeze.at = "2019-07-02T09:30:00Z".to_owned();
    freeze.latest = freeze.at.clone();
    verdict.hidden_groups.teams = 1;
    verdict.hidden_groups.sites = 0;
    verdict.hidden_groups.vendors = 2;
    let html = report(&verdict).unwrap();
    let text = &read(&html).unwrap()[0].text;
    assert!(text.contains("Views after 2 Jul 2019 do not count for naming"));
    assert!(text.contains("30 days before the first known call, of 1 Aug 2019, 09:30"));
    assert!(!text.contains("The first call became known late"));
    assert!(text.contains("Hidden: 1 team, 2 vendors of under five people"));
    verdict.freeze.as_mut().unwrap().latest = "2019-07-05T00:00:00Z".to_owned();
    verdict.hidden_groups = countersign_core::verdict::HiddenGroups::default();
    let html = report(&verdict).unwrap();
    let text = &read(&html).unwrap()[0].text;
    assert!(text.contains("The first call became known late: until then views before 5 Jul 2019"));
    assert!(text.contains("No group is hidden"));
}

#[test]
fn a_paper_copy_can_be_matched_with_its_file() {
    use std::fmt::Write as _;

    let verdict = sample("named");
    let digest = <sha2::Sha256 as sha2::Digest>::digest(verdict.to_json().unwrap());
    let hex = digest.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    });
    let html = report(&verdict).unwrap();
    assert!(html.contains(&hex), "whole, among the settings");
    let running = format!("verdict.json {}\"; }}", &hex[..16]);
    assert!(html.contains(&running), "{running}");
    let mut other = verdict.clone();
    other.run += 1;
    assert!(!report(&other).unwrap().contains(&hex[..16]));
}

#[test]
fn every_file_of_the_log_is_shown_with_its_counts() {
    let mut verdict = sample("many");
    let rows = |verdict: &Verdict| {
        let page = report(verdict).unwrap();
        let start = page.find("What the logs hold").unwrap();
        let page = page[start..].to_owned();
        let end = page.find("</section>").unwrap();
        page[..end].to_owned()
    };
    let said = rows(&verdict);
    for wanted in [
        "access.log.2.gz",
        "access.log.1.gz",
        "audit-october.csv",
        ">9,184,077<",
        ">7,958,869<",
        "0.3\u{a0}%",
        "datetime=\"2018-09-01T06:00:12Z\"",
        "14 on a change of the clocks",
        "customers at their own pages",
    ] {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
    // A verdict that tells of no file of the log says nothing of them.
    for input in &mut verdict.inputs {
        input.log = None;
    }
    assert!(!report(&verdict).unwrap().contains("What the logs hold"));
}
