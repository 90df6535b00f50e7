//! Lines that are drawn over and over at the bottom of a terminal: which bytes do that. Pure.
//!
//! Every line ends with a line break of its own, and the cursor rests below the last one. So a terminal that is resized wraps
//! each line by itself, and how many rows they take then can be worked out; and what somebody types stands below them.
//! (indicatif fills lines up to the edge of the terminal, which takes all of them for one paragraph then, and wraps it anew
//! when it gets wider: with every resize, lines above would be lost.)

use std::fmt::Write as _;

/// Lines on a terminal that are to be drawn anew.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sheet {
    /// Columns of each line that is there.
    shown: Vec<usize>,
    /// Columns that the terminal had when they were drawn.
    columns: usize,
    /// Whether a line of the terminal that has become too long goes on below. xterm cuts it off.
    wraps: bool,
}

impl Sheet {
    /// Returns one with nothing on it yet.
    pub(super) fn new(wraps: bool) -> Self {
        Self { shown: Vec::new(), columns: 0, wraps }
    }

    /// Returns true when something is on it.
    pub(super) fn is_shown(&self) -> bool {
        !self.shown.is_empty()
    }

    /// Returns what draws these lines in place of those before, on a terminal that has so many columns now. Each comes with
    /// its width, which is less than that. What somebody types below them stays where `keeps_typed`, as long as their number
    /// and the terminal stay the same.
    pub(super) fn draw(
        &mut self,
        lines: &[(String, usize)],
        columns: usize,
        keeps_typed: bool,
    ) -> String {
        if keeps_typed && self.columns == columns && self.shown.len() == lines.len() {
            let mut bytes = SAVE_CURSOR.to_owned() + &self.to_top(columns);
            bytes.extend(lines.iter().map(|(line, _)| format!("{line}{CLEAR_LINE}\r\n")));
            return bytes + RESTORE_CURSOR;
        }
        let mut bytes = self.to_top(columns);
        if self.columns != columns {
            bytes.push_str(CLEAR_BELOW);
        }
        for (line, _) in lines {
            let _ = write!(bytes, "{line}{CLEAR_LINE}\r\n");
        }
        bytes.push_str(CLEAR_BELOW);
        self.shown = lines.iter().map(|(_, width)| *width).collect();
        self.columns = columns;
        bytes
    }

    /// Takes in that somebody has typed so many lines below: the cursor is further down for it.
    pub(super) fn typed(&mut self, lines: usize) {
        if self.is_shown() {
            self.shown.extend(std::iter::repeat_n(0, lines));
        }
    }

    /// Returns what takes the lines away, and leaves the cursor where they began.
    pub(super) fn erase(&mut self, columns: usize) -> String {
        if self.shown.is_empty() {
            return String::new();
        }
        let bytes = self.to_top(columns) + CLEAR_BELOW;
        self.shown.clear();
        bytes
    }

    /// Moves the cursor from below the lines to where they begin.
    fn to_top(&self, columns: usize) -> String {
        let rows = |width: &usize| match self.wraps && columns < self.columns {
            true => width.div_ceil(columns.max(1)).max(1),
            false => 1,
        };
        match self.shown.iter().map(rows).sum::<usize>() {
            0 => "\r".to_owned(),
            rows => format!("\r\u{1b}[{rows}A"),
        }
    }
}

const SAVE_CURSOR: &str = "\u{1b}7";
const RESTORE_CURSOR: &str = "\u{1b}8";
const CLEAR_LINE: &str = "\u{1b}[K";
const CLEAR_BELOW: &str = "\u{1b}[J";

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: usize = 30;

    /// A terminal that wraps its lines anew when it is resized, with a few lines already printed.
    struct Terminal {
        shown: avt::Terminal,
        sheet: Sheet,
        /// Somebody is asked for an answer.
        asks: bool,
    }

    impl Terminal {
        fn new() -> Self {
            let mut shown = avt::Terminal::with_scrollback(COLUMNS, 12, None).unwrap();
            shown.feed("$ cutover run\r\n02:14:00  run started\r\n");
            Self { shown, sheet: Sheet::new(true), asks: false }
        }

        fn draw(&mut self, lines: &[&str]) {
            let columns = self.shown.size().0;
            let lines: Vec<_> = lines.iter().map(|line| ((*line).to_owned(), line.len())).collect();
            let bytes = self.sheet.draw(&lines, columns, self.asks);
            self.shown.feed(&*bytes);
        }

        fn print(&mut self, line: &str) {
            let bytes = self.sheet.erase(self.shown.size().0);
            self.shown.feed(&*format!("{bytes}{line}\r\n"));
        }

        fn text(&self) -> Vec<String> {
            let mut text = self.shown.primary_screen().text();
            while text.last().is_some_and(String::is_empty) {
                text.pop();
            }
            text
        }
    }

    const SCREEN: [&str; 3] = ["steps        1% > [5%] > 25%", "holding      7m left", "way back"];

    #[test]
    fn the_newest_lines_stand_in_place_of_those_before_whether_more_or_fewer() {
        let mut terminal = Terminal::new();
        terminal.draw(&SCREEN);
        terminal.draw(&["settling", "and a longer line", "three", "four"]);
        assert_eq!(terminal.text()[2..], ["settling", "and a longer line", "three", "four"]);
        terminal.draw(&["held"]);
        assert_eq!(terminal.text(), ["$ cutover run", "02:14:00  run started", "held"]);
    }

    #[test]
    fn lines_are_printed_above_and_nothing_is_left_at_the_end() {
        let mut terminal = Terminal::new();
        terminal.draw(&SCREEN);
        terminal.print("02:15:00  settled");
        terminal.draw(&SCREEN);
        assert_eq!(terminal.text()[2..], [&["02:15:00  settled"][..], &SCREEN].concat());
        terminal.print("02:16:00  stopped");
        assert_eq!(terminal.text()[2..], ["02:15:00  settled", "02:16:00  stopped"]);
    }

    #[test]
    fn a_terminal_that_gets_narrower_and_wider_loses_no_line_and_keeps_none_of_the_screen() {
        let mut terminal = Terminal::new();
        terminal.draw(&SCREEN);
        for columns in [12, 30, 7, 80, 25, 26] {
            terminal.shown.resize(columns, 12);
            terminal.draw(&["a", "b", "c"]);
            terminal.draw(&["a line", "b", "c"]);
        }
        terminal.shown.resize(80, 12);
        terminal.print("02:15:00  settled");
        let lines = ["$ cutover run", "02:14:00  run started", "02:15:00  settled"];
        assert_eq!(terminal.text(), lines);
    }

    #[test]
    fn what_is_typed_below_it_goes_with_the_next_drawing() {
        let mut terminal = Terminal::new();
        terminal.draw(&SCREEN);
        terminal.shown.feed("^C");
        terminal.print("02:15:00  stopped");
        assert_eq!(terminal.text()[2..], ["02:15:00  stopped"]);
    }

    #[test]
    fn an_answer_is_seen_while_it_is_typed() {
        let mut terminal = Terminal::new();
        terminal.draw(&SCREEN);
        terminal.asks = true;
        terminal.draw(&SCREEN);
        terminal.shown.feed("ye");
        terminal.draw(&["a", "b", "c"]);
        terminal.shown.feed("s");
        terminal.draw(&["d", "e", "f"]);
        assert_eq!(terminal.text()[2..], ["d", "e", "f", "yes"]);
        terminal.shown.feed("\r\n");
        terminal.sheet.typed(1);
        terminal.draw(&["g", "h", "i"]);
        assert_eq!(terminal.text()[2..], ["g", "h", "i"]);
        terminal.asks = false;
        terminal.draw(&SCREEN);
        assert_eq!(terminal.text()[2..], SCREEN);
    }

    #[test]
    fn where_nothing_wraps_lines_are_counted_as_they_are() {
        let mut sheet = Sheet::new(false);
        sheet.draw(&[("a".repeat(20), 20), ("b".to_owned(), 1)], COLUMNS, false);
        assert!(sheet.erase(10).starts_with("\r\u{1b}[2A"));
    }
}
