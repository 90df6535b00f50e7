//! What a report looks like: headless Chromium draws it in both themes and on a small screen, and prints it.
//!
//! The tests need `/usr/bin/chromium`. `.ci/run` installs it, and demands with `CUTOVER_BROWSER=required` that they look; on
//! any other machine without it they are skipped, and say so.

use std::{
    collections::BTreeMap,
    error::Error,
    fs::{self, File},
    io::BufReader,
    path::Path,
    process::{Command, Stdio},
};

use crate::session::{Session, text};

type Fallible<T = ()> = Result<T, Box<dyn Error>>;

const CHROMIUM: &str = "/usr/bin/chromium";

/// A picture as the share of each colour, and its mean brightness from 0 to 1.
struct Picture {
    colours: BTreeMap<[u8; 3], usize>,
    brightness: f64,
}

impl Picture {
    fn read(path: &Path) -> Fallible<Self> {
        let mut reader = png::Decoder::new(BufReader::new(File::open(path)?)).read_info()?;
        let mut buffer = vec![0; reader.output_buffer_size().ok_or("the picture is too large")?];
        let info = reader.next_frame(&mut buffer)?;
        let samples = info.color_type.samples();
        let (mut colours, mut sum) = (BTreeMap::new(), 0.0);
        let pixels = buffer[..info.buffer_size()].chunks_exact(samples);
        let count = pixels.len();
        for pixel in pixels {
            let colour = [pixel[0], pixel[1], pixel[2]];
            *colours.entry(colour).or_default() += 1;
            sum += colour.iter().map(|part| f64::from(*part)).sum::<f64>();
        }
        Ok(Self { colours, brightness: sum / (count as f64 * 3.0 * 255.0) })
    }

    /// Returns how many pixels have a colour like this one.
    fn near(&self, wanted: [u8; 3]) -> usize {
        let like = |colour: &[u8; 3]| {
            colour.iter().zip(wanted).all(|(part, wanted)| part.abs_diff(wanted) <= 6)
        };
        self.colours.iter().filter(|(colour, _)| like(colour)).map(|(_, count)| count).sum()
    }
}

/// Returns true where there is no browser and nobody expects one.
fn goes_without() -> bool {
    let required = std::env::var_os("CUTOVER_BROWSER").is_some_and(|value| value == "required");
    let skips = !required && !Path::new(CHROMIUM).exists();
    if skips {
        println!("skipped: there is no {CHROMIUM}, so nobody has looked at the report");
    }
    skips
}

/// Runs Chromium with a profile of its own, and returns what it printed on stdout.
fn chromium(folder: &Path, arguments: &[String]) -> Fallible<String> {
    let profile = tempfile::tempdir()?;
    let output = Command::new(CHROMIUM)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--allow-file-access-from-files",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{CHROMIUM} cannot be started: {error}; `.ci/run` installs it"))?;
    if !output.status.success() {
        return Err(format!("chromium: {}", text(&output.stderr)).into());
    }
    Ok(text(&output.stdout))
}

fn url(folder: &Path, file: &str) -> String {
    format!("file://{}", folder.join(file).display())
}

/// Returns the folder of a rehearsal with its report, in which new fails and everybody goes back.
fn rehearsed() -> Fallible<Session> {
    let runbook = "  - { weight: 1%, hold: 10m }\n  - { weight: 5%, hold: 10m }\n  - { weight: 100%, hold: 10m }\n";
    let session = Session::of_runbook(runbook, "")?;
    session.run(&["rehearse", "api.yaml", "--scenario", "errors", "--html", "report.html"])?;
    Ok(session)
}

fn drawn(session: &Session, scheme: u8) -> Fallible<Picture> {
    let (folder, name) = (session.path(), format!("{scheme}.png"));
    chromium(
        folder,
        &[
            format!("--blink-settings=preferredColorScheme={scheme}"),
            format!("--screenshot={}", folder.join(&name).display()),
            "--window-size=1100,2000".to_owned(),
            url(folder, "report.html"),
        ],
    )?;
    Picture::read(&folder.join(name))
}

#[test]
fn a_report_is_drawn_in_light_and_in_dark_with_lines_that_can_be_told_apart() -> Fallible {
    if goes_without() {
        return Ok(());
    }
    let session = rehearsed()?;
    let (dark, light) = (drawn(&session, 0)?, drawn(&session, 1)?);
    assert!(light.brightness > 0.85, "{}", light.brightness);
    assert!(dark.brightness < 0.25, "{}", dark.brightness);
    // New's line, legacy's line, and the red of the breach: of the style sheet, in each theme.
    let lines = [
        (&light, [[0x00, 0x5f, 0xcc], [0x6b, 0x72, 0x80], [0xb4, 0x23, 0x18]]),
        (&dark, [[0x62, 0xa8, 0xff], [0x98, 0xa2, 0xb3], [0xff, 0x8a, 0x7a]]),
    ];
    for (picture, colours) in lines {
        assert!(picture.colours.len() > 100, "it is not empty: {}", picture.colours.len());
        for colour in colours {
            assert!(picture.near(colour) > 150, "{colour:x?}: {}", picture.near(colour));
        }
    }
    Ok(())
}

#[test]
fn a_report_is_no_wider_than_a_small_screen_and_runs_nothing() -> Fallible {
    if goes_without() {
        return Ok(());
    }
    let session = rehearsed()?;
    // The frame measures what is in it. Its sandbox lets no script of the report's own run, as its policy does.
    let frame = |width: u32| {
        format!("<iframe src='report.html' width='{width}' height='600' style='border:0'></iframe>")
    };
    let measure = "addEventListener('load', () => { document.title = [...document.querySelectorAll('iframe')]\
        .map(f => f.contentDocument.documentElement.scrollWidth).join(' ') })";
    let page = format!("<title>?</title>{}{}<script>{measure}</script>", frame(360), frame(900));
    fs::write(session.path().join("frame.html"), page)?;
    let arguments = ["--dump-dom".to_owned(), url(session.path(), "frame.html")];
    let printed = chromium(session.path(), &arguments)?;
    let title = printed.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next());
    assert_eq!(title, Some("360 900"), "{printed}");
    Ok(())
}

#[test]
fn a_report_prints_on_paper() -> Fallible {
    if goes_without() {
        return Ok(());
    }
    let session = rehearsed()?;
    let pdf = session.path().join("report.pdf");
    let arguments = [
        format!("--print-to-pdf={}", pdf.display()),
        "--no-pdf-header-footer".to_owned(),
        url(session.path(), "report.html"),
    ];
    chromium(session.path(), &arguments)?;
    let printed = fs::read(pdf)?;
    assert!(printed.starts_with(b"%PDF-") && printed.len() > 20_000, "{} bytes", printed.len());
    Ok(())
}
