//! Rows of one kind, by column, oldest first.
//!
//! Owns: the order of rows, what is the same row, how two tables become one. Never: where rows come from or go.

use super::decimal::{DIGITS_MAX, Decimal};
use super::kind::Kind;
use std::ops::Range;

/// A number is too long for its column: it has more than [`DIGITS_MAX`] digits at the decimals that the column has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

/// A column of numbers of one scale: that of its longest fraction.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    decimals: u8,
    units: Vec<Option<i128>>,
}

impl Numbers {
    /// Of integers already at a scale.
    #[must_use]
    pub fn new(decimals: u8, units: Vec<Option<i128>>) -> Self {
        Self { decimals, units }
    }

    /// Places behind the point of all of them.
    #[must_use]
    pub const fn decimals(&self) -> u8 {
        self.decimals
    }

    /// The integers.
    #[must_use]
    pub fn units(&self) -> &[Option<i128>] {
        &self.units
    }

    fn get(&self, row: usize) -> Option<Decimal> {
        self.units[row].map(|units| Decimal::new(units, self.decimals))
    }

    fn push(&mut self, number: Option<Decimal>) -> Result<(), TooLong> {
        if let Some(number) = number {
            self.widen(number.decimals)?;
        }
        let units = number.map(|number| number.at(self.decimals).filter(|units| fits(*units)).ok_or(TooLong));
        self.units.push(units.transpose()?);
        Ok(())
    }

    fn append(&mut self, other: &Self, rows: Range<usize>) -> Result<(), TooLong> {
        self.widen(other.decimals)?;
        let scale = 10_i128.checked_pow(u32::from(self.decimals - other.decimals)).ok_or(TooLong)?;
        for units in &other.units[rows] {
            let scaled = units.map(|units| units.checked_mul(scale).filter(|units| fits(*units)).ok_or(TooLong));
            self.units.push(scaled.transpose()?);
        }
        Ok(())
    }

    /// Cuts the zeros that all have at their end.
    fn tighten(&mut self) {
        let ends_in = |units: i128, zeros: u8| units % 10_i128.pow(u32::from(zeros)) == 0;
        let mut spare = self.decimals;
        for units in self.units.iter().flatten() {
            while !ends_in(*units, spare) {
                spare -= 1;
            }
        }
        let scale = 10_i128.pow(u32::from(spare));
        self.units.iter_mut().flatten().for_each(|units| *units /= scale);
        self.decimals -= spare;
    }

    /// Makes room for longer fractions.
    fn widen(&mut self, decimals: u8) -> Result<(), TooLong> {
        let Some(more) = decimals.checked_sub(self.decimals).filter(|more| *more > 0) else { return Ok(()) };
        let scale = 10_i128.checked_pow(u32::from(more)).ok_or(TooLong)?;
        let widened = |units: i128| units.checked_mul(scale).filter(|units| fits(*units));
        // Looked at before anything is changed: a number that is refused leaves the column as it was.
        if self.units.iter().flatten().any(|units| widened(*units).is_none()) {
            return Err(TooLong);
        }
        self.units.iter_mut().flatten().for_each(|units| *units *= scale);
        self.decimals = decimals;
        Ok(())
    }
}

fn fits(units: i128) -> bool {
    units.unsigned_abs() < 10_u128.pow(DIGITS_MAX)
}

/// A column.
#[derive(Clone, Debug)]
pub enum Column {
    /// Of numbers.
    Numbers(Numbers),
    /// Of texts.
    Texts(Vec<Option<Box<str>>>),
}

/// What stands in a row, in a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// A number.
    Number(Decimal),
    /// A text.
    Text(Box<str>),
}

impl Cell {
    /// As files of text have it.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.to_string(),
        }
    }
}

/// A row stands where it must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disorder {
    /// Which row, from 1.
    pub row: usize,
    /// Its time, in ns since the epoch.
    pub at_ns: i64,
    /// The time of the row before it.
    pub before_ns: i64,
}

/// Two rows of one time that say different things, where there is one row of a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Their time, in ns since the epoch.
    pub at_ns: i64,
    /// What the one says.
    pub here: String,
    /// What the other says.
    pub there: String,
}

/// Rows.
#[derive(Clone, Debug)]
pub struct Table {
    kind: Kind,
    times_ns: Vec<i64>,
    columns: Vec<Column>,
}

impl Table {
    /// Without rows.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        let column = |is_number| {
            if is_number { Column::Numbers(Numbers::default()) } else { Column::Texts(Vec::new()) }
        };
        let columns = kind.fields().iter().map(|field| column(field.is_number)).collect();
        Self { kind, times_ns: Vec::new(), columns }
    }

    /// Of columns in the order of the kind's fields. Panics if they are not all of one length: the caller's bug.
    #[must_use]
    pub fn from_columns(kind: Kind, times_ns: Vec<i64>, columns: Vec<Column>) -> Self {
        let length = |column: &Column| match column {
            Column::Numbers(numbers) => numbers.units.len(),
            Column::Texts(texts) => texts.len(),
        };
        assert_eq!(columns.len(), kind.fields().len(), "a column a field");
        assert!(columns.iter().all(|column| length(column) == times_ns.len()), "columns of one length");
        Self { kind, times_ns, columns }
    }

    /// What the rows are.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.times_ns.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.times_ns.is_empty()
    }

    /// Their times, in ns since the epoch: of candles, when they began.
    #[must_use]
    pub fn times_ns(&self) -> &[i64] {
        &self.times_ns
    }

    /// Columns behind the time, in the order of the kind's fields.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// What stands there.
    #[must_use]
    pub fn cell(&self, row: usize, column: usize) -> Option<Cell> {
        match &self.columns[column] {
            Column::Numbers(numbers) => numbers.get(row).map(Cell::Number),
            Column::Texts(texts) => texts[row].clone().map(Cell::Text),
        }
    }

    /// Adds a row: a cell a field. Panics on a text in a column of numbers and the other way round: the caller's bug.
    pub fn push(&mut self, at_ns: i64, cells: impl IntoIterator<Item = Option<Cell>>) -> Result<(), TooLong> {
        let rows = self.times_ns.len();
        let mut cells = cells.into_iter();
        for column in &mut self.columns {
            let pushed = match (column, cells.next().flatten()) {
                (Column::Numbers(numbers), Some(Cell::Number(number))) => numbers.push(Some(number)),
                (Column::Numbers(numbers), None) => numbers.push(None),
                (Column::Texts(texts), Some(Cell::Text(text))) => {
                    texts.push(Some(text));
                    Ok(())
                }
                (Column::Texts(texts), None) => {
                    texts.push(None);
                    Ok(())
                }
                (column, Some(cell)) => panic!("{cell:?} in {column:?}"),
            };
            if pushed.is_err() {
                self.truncate(rows);
                return pushed;
            }
        }
        self.times_ns.push(at_ns);
        Ok(())
    }

    fn truncate(&mut self, rows: usize) {
        self.times_ns.truncate(rows);
        for column in &mut self.columns {
            match column {
                Column::Numbers(numbers) => numbers.units.truncate(rows),
                Column::Texts(texts) => texts.truncate(rows),
            }
        }
    }

    fn cells(&self, row: usize) -> impl Iterator<Item = Option<Cell>> + '_ {
        (0..self.columns.len()).map(move |column| self.cell(row, column))
    }

    /// The row as a line of text, for people.
    #[must_use]
    pub fn line(&self, row: usize) -> String {
        let cells: Vec<String> =
            self.cells(row).map(|cell| cell.map_or_else(String::new, |cell| cell.text())).collect();
        cells.join(",")
    }

    /// Adds the rows of another table of this kind.
    pub fn append(&mut self, other: &Self, rows: Range<usize>) -> Result<(), TooLong> {
        let before = self.len();
        for (mine, theirs) in self.columns.iter_mut().zip(&other.columns) {
            let appended = match (mine, theirs) {
                (Column::Numbers(mine), Column::Numbers(theirs)) => mine.append(theirs, rows.clone()),
                (Column::Texts(mine), Column::Texts(theirs)) => {
                    mine.extend_from_slice(&theirs[rows.clone()]);
                    Ok(())
                }
                (mine, theirs) => panic!("{theirs:?} behind {mine:?}"),
            };
            if appended.is_err() {
                self.truncate(before);
                return appended;
            }
        }
        self.times_ns.extend_from_slice(&other.times_ns[rows]);
        Ok(())
    }

    /// Makes fractions as short as the rows let them be.
    pub fn tighten(&mut self) {
        for column in &mut self.columns {
            if let Column::Numbers(numbers) = column {
                numbers.tighten();
            }
        }
    }

    /// The rows of a span, its end left out.
    #[must_use]
    pub fn span(&self, from_ns: i64, to_ns: i64) -> Range<usize> {
        let before = |limit: i64| self.times_ns.partition_point(|at| *at < limit);
        before(from_ns)..before(to_ns).max(before(from_ns))
    }

    /// The first row that does not stand behind the one before it.
    #[must_use]
    pub fn disorder(&self) -> Option<Disorder> {
        let is_unique = self.kind.is_unique();
        let is_wrong = |[before, at]: &[i64; 2]| at < before || (is_unique && at == before);
        let place = self.times_ns.array_windows().position(is_wrong)?;
        Some(Disorder { row: place + 2, at_ns: self.times_ns[place + 1], before_ns: self.times_ns[place] })
    }

    /// Puts rows in order that came as they came, rows of one time as they stood.
    pub fn sort(&mut self) {
        if self.times_ns.is_sorted() {
            return;
        }
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_by_key(|row| self.times_ns[*row]);
        self.times_ns = order.iter().map(|row| self.times_ns[*row]).collect();
        for column in &mut self.columns {
            match column {
                Column::Numbers(numbers) => numbers.units = order.iter().map(|row| numbers.units[*row]).collect(),
                Column::Texts(texts) => *texts = order.iter().map(|row| texts[*row].take()).collect(),
            }
        }
    }

    /// Both tables' rows, each once: of a time with the same row so and so often here and there, the larger number stays.
    /// So the same rows may come again and again. Panics if either is out of order.
    pub fn merged(&self, new: &Self) -> Result<Result<Self, Conflict>, TooLong> {
        assert!(self.disorder().is_none() && new.disorder().is_none(), "rows are checked before they are merged");
        if self.times_ns.last() < new.times_ns.first() || new.is_empty() {
            let mut out = self.clone();
            return out.append(new, 0..new.len()).map(|()| Ok(out));
        }
        let (mut out, mut here, mut there) = (Self::new(self.kind), 0, 0);
        while here < self.len() || there < new.len() {
            let time = [self.times_ns.get(here), new.times_ns.get(there)].into_iter().flatten().min().copied();
            let of = |table: &Self, from: usize| {
                from + table.times_ns[from..].iter().take_while(|at| Some(**at) == time).count()
            };
            let (mine, theirs) = (here..of(self, here), there..of(new, there));
            (here, there) = (mine.end, theirs.end);
            let mut known: Vec<Vec<Option<Cell>>> = mine.clone().map(|row| self.cells(row).collect()).collect();
            out.append(self, mine.clone())?;
            for row in theirs {
                let cells: Vec<Option<Cell>> = new.cells(row).collect();
                match known.iter().position(|known| *known == cells) {
                    Some(place) => drop(known.swap_remove(place)),
                    None if self.kind.is_unique() && !mine.is_empty() => {
                        let (at_ns, here, there) = (new.times_ns[row], self.line(mine.start), new.line(row));
                        return Ok(Err(Conflict { at_ns, here, there }));
                    }
                    None => out.push(new.times_ns[row], cells)?,
                }
            }
        }
        Ok(Ok(out))
    }
}

impl PartialEq for Table {
    /// By value: a column's scale is how it is kept, not what it says.
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.times_ns == other.times_ns
            && self.columns.iter().zip(&other.columns).enumerate().all(|(place, columns)| match columns {
                (Column::Texts(mine), Column::Texts(theirs)) => mine == theirs,
                (Column::Numbers(mine), Column::Numbers(theirs)) if mine.decimals == theirs.decimals => {
                    mine.units == theirs.units
                }
                _ => (0..self.len()).all(|row| self.cell(row, place) == other.cell(row, place)),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn trade(price: i128) -> [Option<Cell>; 4] {
        let number = |units| Some(Cell::Number(Decimal::new(units, 1)));
        [None, Some(Cell::Text("buy".into())), number(price), number(10)]
    }

    fn trades(rows: &[(i64, i128)]) -> Table {
        let mut table = Table::new(Kind::Trades);
        rows.iter().for_each(|(at, price)| table.push(*at, trade(*price)).expect("short"));
        table.sort();
        table
    }

    /// The obvious way: each row counted here and there.
    fn counts(table: &Table) -> std::collections::BTreeMap<(i64, String), usize> {
        let mut counts = std::collections::BTreeMap::new();
        (0..table.len()).for_each(|row| *counts.entry((table.times_ns[row], table.line(row))).or_default() += 1);
        counts
    }

    proptest! {
        #[test]
        fn merging_keeps_each_row_as_often_as_the_side_that_has_it_more(
            here in prop::collection::vec((0..12_i64, 1..4_i128), 0..40),
            there in prop::collection::vec((0..12_i64, 1..4_i128), 0..40),
        ) {
            let (here, there) = (trades(&here), trades(&there));
            let merged = here.merged(&there).expect("short").expect("trades do not conflict");
            let mut wanted = counts(&here);
            for (row, count) in counts(&there) {
                let known = wanted.entry(row).or_default();
                *known = count.max(*known);
            }
            prop_assert_eq!(counts(&merged), wanted);
            prop_assert!(merged.times_ns.is_sorted());
            prop_assert_eq!(merged.merged(&there).expect("short").expect("no conflict"), merged);
        }
    }

    #[test]
    fn a_candle_that_says_something_else_is_a_conflict_and_a_time_twice_disorder() {
        let rate = |rows: &[(i64, &str)]| {
            let mut table = Table::new(Kind::Funding);
            for (at, rate) in rows {
                table.push(*at, [Decimal::parse(rate).map(Cell::Number)]).expect("short");
            }
            table
        };
        let (here, there) = (rate(&[(1, "0.0001"), (2, "0.5")]), rate(&[(2, "0.50"), (3, "1")]));
        assert_eq!(here.merged(&there).expect("short").expect("equal").len(), 3);
        let conflict = here.merged(&rate(&[(2, "0.51")])).expect("short").expect_err("another rate");
        assert_eq!(conflict, Conflict { at_ns: 2, here: "0.5".to_owned(), there: "0.51".to_owned() });
        assert_eq!(rate(&[(1, "0"), (1, "0")]).disorder(), Some(Disorder { row: 2, at_ns: 1, before_ns: 1 }));
        assert_eq!(rate(&[(1, "0"), (3, "0"), (2, "0")]).disorder().map(|found| found.row), Some(3));
        assert_eq!(trades(&[(1, 1), (1, 1)]).disorder(), None, "two trades of one time");
    }

    #[test]
    fn fractions_become_as_short_as_they_can() {
        let mut table = trades(&[(1, 10), (2, 200), (3, 30)]);
        let before = table.clone();
        table.tighten();
        let decimals = |column: usize| match &table.columns[column] {
            Column::Numbers(numbers) => numbers.decimals(),
            Column::Texts(_) => 99,
        };
        assert_eq!((decimals(2), decimals(3)), (0, 0));
        assert_eq!(table, before);
    }

    #[test]
    fn a_number_too_long_is_refused_and_leaves_nothing() {
        let mut table = Table::new(Kind::OpenInterest);
        let number = |text: &str| Decimal::parse(text).map(Cell::Number);
        let long = "9".repeat(30);
        table.push(1, [number(&long), None]).expect("short");
        assert_eq!(table.push(2, [number("0.000000001"), None]), Err(TooLong));
        assert_eq!(table.push(2, [None, number("0.000000001")]), Ok(()));
        assert_eq!(table.len(), 2);
        assert_eq!(table.cell(0, 0).map(|cell| cell.text()), Some(long));
    }
}
