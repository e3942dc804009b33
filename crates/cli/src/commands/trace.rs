//! `countersign trace`: from an access log and scam reports to a verdict and a page.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use anyhow::{Result, bail};
use countersign_core::holder::Holders;
use countersign_core::time::Second;
use countersign_core::trace::Settings;
use countersign_import::{Changes, Mapping, Options, RepeatedTickets, Sources};

use crate::analysis::Analysis;
use crate::args::{Reading, Trace};
use crate::case::folder::{Case, Fixed, Sealed};
use crate::case::pseudonyms::KEY;
use crate::conclude::{Concluded, Ids, Shown, conclude};
use crate::progress::Bars;
use crate::wrong::Wrong;
use crate::{clock, out, power, reading, shell, summary};

/// The case folder where none is named.
const CASE: &str = "case";

/// What files without an adapter are called.
const TABLES: &str = "tables";

/// Largest promise under which persons are named.
const LARGEST_ALPHA: f64 = 0.01;

/// Runs the trace of one case.
///
/// # Errors
/// Wrong settings, unreadable input, or a folder that can't be written to; nothing is half written.
pub fn run(args: &Trace, cancel: &AtomicBool) -> Result<()> {
    let mut options = options(&args.reading)?;
    // Rows of the future are refused, and what was the future then still is.
    if let Some(then) = &args.recomputed_at {
        options.now = moment(then)?;
    }
    let sources = sources(args);
    let folder = args.case.as_deref().unwrap_or(Path::new(CASE));
    if args.power {
        let is_case = args.case.is_some() || folder.join(KEY).exists();
        // Nobody is named, so nothing needs a case; one that is there gives its settings.
        let case = is_case.then(|| Case::open(folder)).transpose()?;
        let place = if is_case { folder } else { Path::new(".") };
        let fixed = case.as_ref().and_then(|case| case.fixed.as_ref());
        let settings = settings_of(args, fixed);
        check(&settings, args.exploratory)?;
        options.strata = strata_of(args, fixed);
        let analysis = read(&sources, &options, place, cancel)?;
        out::result(&power::report(&analysis, &settings, args.seed, cancel)?);
        return Ok(());
    }
    // Before the folder is made: a mistake on the command line leaves no case behind.
    check(&settings_of(args, None), args.exploratory)?;
    let mut case = Case::open(folder)?;
    let settings = settings_of(args, case.fixed.as_ref());
    check(&settings, args.exploratory)?;
    options.strata = strata_of(args, case.fixed.as_ref());
    if args.reveal_ids
        && case
            .fixed
            .as_ref()
            .is_some_and(|fixed| fixed.sealed == Sealed::Always)
    {
        return Err(Wrong::usage(
            "`--reveal-ids` is refused: `case.toml` says sealed = \"always\"",
            "leave it out; a named holder is opened with `countersign open`",
        ));
    }
    let analysis = read(&sources, &options, folder, cancel)?;
    let recompute = match &args.recomputed_as {
        Some(line) => line.clone(),
        None => recompute(args, &settings, options.strata.as_deref()),
    };
    let fixed = fixed(&settings, options.strata, &case, &analysis.holders);
    let shown = Shown {
        ids: if args.reveal_ids {
            Ids::Revealed
        } else {
            Ids::Pseudonyms
        },
        exploratory: args.exploratory,
        reading: reading::digest(&args.reading)?,
        recompute,
    };
    let concluded = conclude(&mut case, &analysis, fixed, &shown)?;
    let Concluded {
        verdict,
        json,
        names,
        ..
    } = concluded;
    if args.json {
        out::bytes(json.as_bytes());
    } else {
        let text = summary::of(&verdict, case.folder());
        out::result(&text);
        if args.names {
            out::result(&summary::names(&verdict, &analysis.holders, &names));
        }
    }
    Ok(())
}

/// The files of a run.
pub(crate) fn sources(args: &Trace) -> Sources {
    Sources {
        events: args.events.clone(),
        accounts: args.accounts.clone(),
        customers: args.customers.clone(),
        tickets: args.tickets.clone(),
        exports: args.exports.clone(),
        reports: args.reports.clone(),
        sign_ins: args.reading.sign_ins.clone(),
        changes: args.changes.clone(),
    }
}

/// Reads the files, with the index in `folder`, and says what is odd about them.
fn read(
    sources: &Sources,
    options: &Options,
    folder: &Path,
    cancel: &AtomicBool,
) -> Result<Analysis> {
    let analysis = Analysis::read(sources, options, folder, &Bars::default(), cancel)?;
    for file in &analysis.imported.files {
        if let Some(log) = &file.log
            && log.source != TABLES
        {
            out::note(&format!(
                "note: {} is {} (--from {}): {} records, {} views and changes, {} neither",
                file.name(),
                log.title,
                log.source,
                summary::thousands(log.records),
                summary::thousands(log.views + log.changes),
                summary::thousands(log.no_views.all()),
            ));
        }
    }
    for warning in &analysis.imported.warnings {
        out::note(&format!("note: {warning}"));
    }
    for ignored in &analysis.imported.ignored {
        out::note(&format!(
            "note: {}: columns not used: {}",
            ignored.file,
            ignored.columns.join(", ")
        ));
    }
    Ok(analysis)
}

/// Refuses settings in effect that nothing may be claimed under, wherever they come from.
fn check(settings: &Settings, exploratory: bool) -> Result<()> {
    let &Settings {
        alpha,
        colluders,
        gamma,
        strike,
        freeze_days,
        ..
    } = settings;
    if !(alpha > 0.0 && alpha < 1.0) {
        return Err(Wrong::usage(
            "`--alpha` (or alpha in `case.toml`) is a chance between 0 and 1",
            "0.001 means: at most 1 in 1,000",
        ));
    }
    if alpha > LARGEST_ALPHA && !exploratory {
        return Err(Wrong::usage(
            &format!("alpha {alpha} is too large to name persons under; the most is 0.01"),
            "with `--exploratory` it makes leads only, and nothing is ever called named",
        ));
    }
    if !(1..=2).contains(&colluders) {
        return Err(Wrong::usage(
            "`--colluders` (or colluders in `case.toml`) is 1 or 2",
            "1 is the default; without a guard against a colleague nobody may be named",
        ));
    }
    if !(gamma >= 1.0 && gamma.is_finite()) {
        return Err(Wrong::usage(
            "`--gamma` (or gamma in `case.toml`) is an odds of at least 1",
            "1.5 is the default",
        ));
    }
    if strike > 20 {
        return Err(Wrong::usage(
            "`--strike` (or strike in `case.toml`) is at most 20",
            "2 is the default",
        ));
    }
    if freeze_days > 3650 {
        return Err(Wrong::usage(
            "`--freeze-days` (or freeze_days in `case.toml`) is at most 3650",
            "30 is the default",
        ));
    }
    Ok(())
}

/// How the files are to be read.
pub(crate) fn options(reading: &Reading) -> Result<Options> {
    let mut options = Options::new(clock::now());
    if let Some(path) = &reading.map_file {
        let file = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|error| {
            Wrong::usage(
                &format!("the mapping `{file}` can't be read: {error}"),
                "check the path and that it is a TOML file, in UTF-8, that you may read",
            )
        })?;
        options.mapping.extend(Mapping::from_toml(&text, &file)?);
    }
    for map in &reading.map {
        options.mapping.extend(Mapping::parse(map)?);
    }
    if !(0.0..=100.0).contains(&reading.allow_rejects) {
        return Err(Wrong::usage(
            "`--allow-rejects` is a percentage",
            "1 is the default",
        ));
    }
    if let Some(path) = &reading.url_patterns {
        let file = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|error| {
            Wrong::usage(
                &format!("the patterns `{file}` can't be read: {error}"),
                "check the path and that it is a text file, in UTF-8, that you may read",
            )
        })?;
        options.url_patterns = Some((text, file));
    }
    options.from.clone_from(&reading.from);
    options.time_format.clone_from(&reading.time_format);
    options.timezone.clone_from(&reading.timezone);
    options.missing.clone_from(&reading.missing);
    options.strata.clone_from(&reading.strata);
    options.allow_rejects = reading.allow_rejects / 100.0;
    if reading.changes_as_views {
        options.changes = Changes::AcceptAsViews;
    }
    if reading.first_ticket_row {
        options.repeated_tickets = RepeatedTickets::FirstWins;
    }
    Ok(options)
}

/// The settings as asked for, else as the case fixed them, else the defaults.
fn settings_of(args: &Trace, fixed: Option<&Fixed>) -> Settings {
    let usual = Settings::default();
    Settings {
        alpha: args
            .alpha
            .or(fixed.map(|fixed| fixed.alpha))
            .unwrap_or(usual.alpha),
        colluders: args
            .colluders
            .or(fixed.map(|fixed| fixed.colluders))
            .unwrap_or(usual.colluders),
        gamma: args
            .gamma
            .or(fixed.map(|fixed| fixed.gamma))
            .unwrap_or(usual.gamma),
        strike: args
            .strike
            .or(fixed.map(|fixed| fixed.strike))
            .unwrap_or(usual.strike),
        freeze_days: args
            .freeze_days
            .or(fixed.map(|fixed| fixed.freeze_days))
            .unwrap_or(usual.freeze_days),
        ..usual
    }
}

/// The attributes that split the strata: as asked for, else as the case fixed them.
fn strata_of(args: &Trace, fixed: Option<&Fixed>) -> Option<Vec<String>> {
    let asked = args.reading.strata.clone();
    asked.or_else(|| fixed.and_then(|fixed| fixed.strata.clone()))
}

fn fixed(
    settings: &Settings,
    strata: Option<Vec<String>>,
    case: &Case,
    holders: &Holders,
) -> Fixed {
    let known = holders.persons.len() as u64;
    let (persons, reserve) = case
        .fixed
        .as_ref()
        .map_or((known, known.div_ceil(10)), |fixed| {
            (fixed.persons, fixed.reserve)
        });
    // More newcomers than there was room for: counted anew, which is another version.
    let (persons, reserve) = if known > persons + reserve {
        (known, known.div_ceil(10))
    } else {
        (persons, reserve)
    };
    Fixed {
        alpha: settings.alpha,
        colluders: settings.colluders,
        gamma: settings.gamma,
        strike: settings.strike,
        freeze_days: settings.freeze_days,
        strata,
        persons,
        reserve,
        sealed: case
            .fixed
            .as_ref()
            .map(|fixed| fixed.sealed)
            .unwrap_or_default(),
    }
}

/// The command line that makes the same verdict again: what was typed, and every other setting.
fn recompute(args: &Trace, settings: &Settings, strata: Option<&[String]>) -> String {
    let mut words: Vec<String> = std::iter::once("countersign".to_owned())
        .chain(
            std::env::args_os()
                .skip(1)
                .map(|word| shell::quoted(&word.to_string_lossy())),
        )
        .collect();
    let mut add = |typed: bool, name: &str, value: String| {
        if !typed {
            words.extend([format!("--{name}"), shell::quoted(&value)]);
        }
    };
    let Settings {
        alpha,
        colluders,
        gamma,
        strike,
        freeze_days,
        ..
    } = settings;
    add(args.alpha.is_some(), "alpha", alpha.to_string());
    add(args.colluders.is_some(), "colluders", colluders.to_string());
    add(args.gamma.is_some(), "gamma", gamma.to_string());
    add(args.strike.is_some(), "strike", strike.to_string());
    let freeze = freeze_days.to_string();
    add(args.freeze_days.is_some(), "freeze-days", freeze);
    if let Some(strata) = strata {
        add(args.reading.strata.is_some(), "strata", strata.join(","));
    }
    words.join(" ")
}

/// The time of a run, as its entry has it.
fn moment(text: &str) -> Result<Second> {
    let time = text.parse().ok().map(jiff::Timestamp::as_second);
    time.and_then(Second::from_unix).ok_or_else(|| {
        Wrong::usage(
            "`--recomputed-at` is no time",
            "it is the time of a run, as `countersign log` lists it",
        )
    })
}

/// Whether a path is a case folder.
pub(crate) fn is_case(folder: &Path) -> Result<()> {
    let erased = folder.join("log.key").exists();
    if !folder.join("runs.jsonl").exists() && !erased {
        bail!(
            "`{}` is not a case folder: it has no `runs.jsonl`",
            folder.display()
        );
    }
    Ok(())
}
