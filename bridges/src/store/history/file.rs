//! A table as a Parquet file and back, by the low-level interface: no Arrow.
//!
//! Times are `TIMESTAMP(NANOS, UTC)`. Numbers are `DECIMAL`s, so that every reader of Parquet has them exactly: of 64 bits
//! where 18 digits are enough, else of 16 bytes; the scale is that of the file's longest fraction. A row group has
//! [`GROUP_ROWS`] rows, and the statistics of its times say whether a span needs it.

use super::decimal::DIGITS_MAX;
use super::error::HistoryError;
use super::kind::Kind;
use super::table::{Column, Numbers, Table};
use parquet::basic::{Compression, Encoding, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, FixedLenByteArray, FixedLenByteArrayType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, RowGroupMetaData};
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{ChunkReader, FileReader as _, SerializedFileReader};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{ColumnPath, Type};
use std::ops::Range;
use std::sync::Arc;

/// Rows of a row group: some hundred kilobytes, of which a short span reads one or two.
pub(super) const GROUP_ROWS: usize = 16_384;
/// Digits that 64 bits hold, whatever they are.
const SHORT_DIGITS: u32 = 18;
const TIME: &str = "time";
/// The key under which a file says what it is.
const KIND: &str = "ringside.kind";

fn is_short(numbers: &Numbers) -> bool {
    let limit = 10_u128.pow(SHORT_DIGITS);
    u32::from(numbers.decimals()) <= SHORT_DIGITS
        && numbers.units().iter().flatten().all(|units| units.unsigned_abs() < limit)
}

fn schema(table: &Table) -> Result<Type, ParquetError> {
    let time = Type::primitive_type_builder(TIME, Physical::INT64)
        .with_repetition(Repetition::REQUIRED)
        .with_logical_type(Some(LogicalType::timestamp(true, TimeUnit::NANOS)))
        .build()?;
    let mut fields = vec![Arc::new(time)];
    for (field, column) in table.kind().fields().iter().zip(table.columns()) {
        let repetition = if field.is_needed { Repetition::REQUIRED } else { Repetition::OPTIONAL };
        let built = match column {
            Column::Texts(_) => Type::primitive_type_builder(field.name, Physical::BYTE_ARRAY)
                .with_logical_type(Some(LogicalType::String)),
            Column::Numbers(numbers) => {
                let (physical, digits) = match is_short(numbers) {
                    true => (Physical::INT64, SHORT_DIGITS as i32),
                    false => (Physical::FIXED_LEN_BYTE_ARRAY, DIGITS_MAX as i32),
                };
                let scale = i32::from(numbers.decimals());
                Type::primitive_type_builder(field.name, physical)
                    .with_length(if physical == Physical::INT64 { -1 } else { size_of::<i128>() as i32 })
                    .with_logical_type(Some(LogicalType::decimal(scale, digits)))
                    .with_precision(digits)
                    .with_scale(scale)
            }
        };
        fields.push(Arc::new(built.with_repetition(repetition).build()?));
    }
    Type::group_type_builder("history").with_fields(fields).build()
}

fn properties(table: &Table) -> Result<WriterProperties, ParquetError> {
    let kind = KeyValue::new(KIND.to_owned(), table.kind().to_string());
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_created_by("ringside".to_owned())
        .set_key_value_metadata(Some(vec![kind]))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_column_encoding(ColumnPath::from(TIME), Encoding::DELTA_BINARY_PACKED)
        .set_column_dictionary_enabled(ColumnPath::from(TIME), false);
    for (field, column) in table.kind().fields().iter().zip(table.columns()) {
        if let Column::Numbers(numbers) = column
            && is_short(numbers)
        {
            let path = ColumnPath::from(field.name);
            builder = builder.set_column_dictionary_enabled(path.clone(), false);
            builder = builder.set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
        }
    }
    Ok(builder.build())
}

/// The file, whole.
pub(super) fn write(table: &Table) -> Result<Vec<u8>, HistoryError> {
    let schema = Arc::new(schema(table)?);
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties(table)?))?;
    for start in (0..table.len()).step_by(GROUP_ROWS) {
        let rows = start..table.len().min(start + GROUP_ROWS);
        let mut group = writer.next_row_group()?;
        put::<Int64Type>(&mut group, &table.times_ns()[rows.clone()], None)?;
        for (field, column) in table.kind().fields().iter().zip(table.columns()) {
            put_column(&mut group, column, rows.clone(), field.is_needed)?;
        }
        group.close()?;
    }
    Ok(writer.into_inner()?)
}

fn put_column(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    column: &Column,
    rows: Range<usize>,
    is_needed: bool,
) -> Result<(), ParquetError> {
    let levels = |are_there: Vec<i16>| (!is_needed).then_some(are_there);
    match column {
        Column::Texts(texts) => {
            let cells = &texts[rows];
            let there = levels(cells.iter().map(|cell| i16::from(cell.is_some())).collect());
            let values: Vec<_> = cells.iter().flatten().map(|text| ByteArray::from(text.as_bytes().to_vec())).collect();
            put::<ByteArrayType>(group, &values, there.as_deref())
        }
        Column::Numbers(numbers) => {
            let cells = &numbers.units()[rows];
            let there = levels(cells.iter().map(|cell| i16::from(cell.is_some())).collect());
            if is_short(numbers) {
                let values: Vec<i64> = cells.iter().flatten().map(|units| *units as i64).collect();
                return put::<Int64Type>(group, &values, there.as_deref());
            }
            let bytes = |units: &i128| FixedLenByteArray::from(units.to_be_bytes().to_vec());
            let values: Vec<_> = cells.iter().flatten().map(bytes).collect();
            put::<FixedLenByteArrayType>(group, &values, there.as_deref())
        }
    }
}

fn put<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: &[T::T],
    levels: Option<&[i16]>,
) -> Result<(), ParquetError> {
    let mut column = group.next_column()?.ok_or_else(|| ParquetError::General("a column too many".to_owned()))?;
    column.typed::<T>().write_batch(values, levels, None)?;
    column.close()
}

/// What a file says of itself without being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outline {
    /// Rows.
    pub(super) rows: usize,
    /// Its row groups.
    pub(super) groups: usize,
}

/// A file that can be read in parts.
pub(super) struct Opened<R: ChunkReader> {
    reader: SerializedFileReader<R>,
    kind: Kind,
    file: String,
}

impl<R: ChunkReader + 'static> Opened<R> {
    /// Reads the end of it, which says what is where.
    pub(super) fn open(chunks: R, kind: Kind, file: &str) -> Result<Self, HistoryError> {
        let damaged = |what: String| HistoryError::Damaged { file: file.to_owned(), what };
        let reader = SerializedFileReader::new(chunks).map_err(|error| damaged(error.to_string()))?;
        let own = reader.metadata().file_metadata();
        let columns = own.schema_descr().columns();
        let found: Vec<&str> = columns.iter().map(|column| column.name()).collect();
        let wanted: Vec<&str> = std::iter::once(TIME).chain(kind.fields().iter().map(|field| field.name)).collect();
        if found != wanted {
            return Err(damaged(format!("found the columns {}, expected {}", found.join(", "), wanted.join(", "))));
        }
        Ok(Self { reader, kind, file: file.to_owned() })
    }

    pub(super) fn outline(&self) -> Outline {
        let own = self.reader.metadata();
        let rows = usize::try_from(own.file_metadata().num_rows()).unwrap_or(0);
        Outline { rows, groups: own.num_row_groups() }
    }

    /// The rows of a span, its end left out. Row groups that have none of it are not read.
    pub(super) fn read(&self, from_ns: i64, to_ns: i64) -> Result<Table, HistoryError> {
        let mut out = Table::new(self.kind);
        for group in self.groups(from_ns, to_ns) {
            let table = self.group(group)?;
            let rows = table.span(from_ns, to_ns);
            match (out.is_empty(), rows.len() == table.len()) {
                (true, true) => out = table,
                _ => out.append(&table, rows)?,
            }
        }
        Ok(out)
    }

    /// Times alone.
    pub(super) fn times_ns(&self) -> Result<Vec<i64>, HistoryError> {
        let mut times = Vec::new();
        for group in 0..self.outline().groups {
            let rows = self.rows(group);
            let reader = self.reader.get_row_group(group)?.get_column_reader(0)?;
            match reader {
                ColumnReader::Int64ColumnReader(reader) => {
                    times.extend(take(reader, rows, true)?.into_iter().flatten())
                }
                _ => return Err(self.damaged("its times are not of 64 bits")),
            }
        }
        Ok(times)
    }

    /// Row groups that may have rows of a span, by their statistics.
    pub(super) fn groups(&self, from_ns: i64, to_ns: i64) -> impl Iterator<Item = usize> + '_ {
        let groups = self.reader.metadata().row_groups().iter().enumerate();
        groups.filter(move |(_, group)| has_span(group, from_ns, to_ns)).map(|(place, _)| place)
    }

    fn rows(&self, group: usize) -> usize {
        usize::try_from(self.reader.metadata().row_group(group).num_rows()).unwrap_or(0)
    }

    fn group(&self, place: usize) -> Result<Table, HistoryError> {
        let (rows, group) = (self.rows(place), self.reader.get_row_group(place)?);
        let ColumnReader::Int64ColumnReader(times) = group.get_column_reader(0)? else {
            return Err(self.damaged("its times are not of 64 bits"));
        };
        let times = take(times, rows, true)?.into_iter().flatten().collect();
        let mut columns = Vec::new();
        for (place, field) in (1..).zip(self.kind.fields()) {
            let scale = group.metadata().column(place).column_descr().type_scale();
            let decimals = u8::try_from(scale).ok().filter(|scale| u32::from(*scale) <= DIGITS_MAX);
            let numbers = |units| decimals.map(|decimals| Column::Numbers(Numbers::new(decimals, units)));
            let column = match (group.get_column_reader(place)?, field.is_number) {
                (ColumnReader::Int64ColumnReader(reader), true) => {
                    let units = take(reader, rows, field.is_needed)?.into_iter();
                    numbers(units.map(|units| units.map(i128::from)).collect())
                }
                (ColumnReader::FixedLenByteArrayColumnReader(reader), true) => {
                    let wide = |bytes: FixedLenByteArray| Some(i128::from_be_bytes(bytes.data().try_into().ok()?));
                    let units = take(reader, rows, field.is_needed)?.into_iter();
                    numbers(units.map(|bytes| bytes.and_then(wide)).collect())
                }
                (ColumnReader::ByteArrayColumnReader(reader), false) => {
                    let text = |bytes: ByteArray| bytes.as_utf8().map(Box::from);
                    let texts = take(reader, rows, field.is_needed)?.into_iter();
                    Some(Column::Texts(texts.map(|bytes| bytes.map(text).transpose()).collect::<Result<_, _>>()?))
                }
                _ => None,
            };
            let odd = || self.damaged(&format!("the column {} is of another type", field.name));
            columns.push(column.ok_or_else(odd)?);
        }
        let table = Table::from_columns(self.kind, times, columns);
        if table.disorder().is_some() {
            return Err(self.damaged("its rows are out of order"));
        }
        Ok(table)
    }

    fn damaged(&self, what: &str) -> HistoryError {
        HistoryError::Damaged { file: self.file.clone(), what: what.to_owned() }
    }
}

fn has_span(group: &RowGroupMetaData, from_ns: i64, to_ns: i64) -> bool {
    match group.column(0).statistics() {
        Some(Statistics::Int64(times)) => {
            times.max_opt().is_none_or(|last| *last >= from_ns) && times.min_opt().is_none_or(|first| *first < to_ns)
        }
        _ => true,
    }
}

/// All cells of a column of a row group.
fn take<T: DataType>(
    mut reader: ColumnReaderImpl<T>,
    rows: usize,
    is_needed: bool,
) -> Result<Vec<Option<T::T>>, ParquetError> {
    let (mut values, mut levels, mut read) = (Vec::new(), Vec::new(), 0);
    while read < rows {
        let (records, ..) = reader.read_records(rows - read, Some(&mut levels), None, &mut values)?;
        if records == 0 {
            return Err(ParquetError::EOF(format!("found {read} rows, expected {rows}")));
        }
        read += records;
    }
    if is_needed {
        return Ok(values.into_iter().map(Some).collect());
    }
    let mut values = values.into_iter();
    Ok(levels.into_iter().map(|level| if level == 0 { None } else { values.next() }).collect())
}

#[cfg(test)]
mod tests {
    use super::super::decimal::Decimal;
    use super::super::table::Cell;
    use super::*;
    use bytes::Bytes;
    use proptest::prelude::*;

    fn opened(table: &Table) -> Opened<Bytes> {
        Opened::open(Bytes::from(write(table).expect("written")), table.kind(), "test").expect("opened")
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_is_written_is_read(
            rows in prop::collection::vec((0..5_i64, any::<i64>(), 0..=20_u8, prop::option::of("[a-z0-9-]{0,6}")), 0..300)
        ) {
            let (mut table, mut at) = (Table::new(Kind::Trades), -3);
            for (step, units, decimals, id) in rows {
                at += step;
                let number = |units: i64| Some(Cell::Number(Decimal::new(units.into(), decimals)));
                let id = id.map(|id| Cell::Text(id.into()));
                // What is too long beside the others is refused, and the table stays what it was.
                let _ = table.push(at, [id, Some(Cell::Text("sell".into())), number(units), number(units / 7)]);
            }
            let file = opened(&table);
            prop_assert_eq!(file.read(i64::MIN, i64::MAX).expect("read"), table.clone());
            prop_assert_eq!(file.times_ns().expect("read"), table.times_ns());
        }
    }

    #[test]
    fn a_span_reads_the_row_groups_that_have_it() {
        let (mut table, rows) = (Table::new(Kind::Funding), 3 * GROUP_ROWS as i64 + 5);
        for at in 0..rows {
            table.push(at, [Some(Cell::Number(Decimal::new(at.into(), 8)))]).expect("short");
        }
        let file = opened(&table);
        assert_eq!(file.outline(), Outline { rows: rows as usize, groups: 4 });
        let last = GROUP_ROWS as i64;
        assert_eq!(file.groups(0, last).collect::<Vec<_>>(), [0]);
        assert_eq!(file.groups(last - 1, last + 1).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(file.groups(rows, i64::MAX).count(), 0);
        let part = file.read(last - 1, last + 1).expect("read");
        assert_eq!(part.times_ns(), [last - 1, last]);
        assert_eq!(part.cell(1, 0), Some(Cell::Number(Decimal::new(last.into(), 8))));
    }

    #[test]
    fn what_is_no_file_of_its_kind_is_named() {
        let told = |bytes: Vec<u8>, kind| match Opened::open(Bytes::from(bytes), kind, "some.parquet") {
            Err(error) => error.to_string(),
            Ok(_) => "opened".to_owned(),
        };
        let mut table = Table::new(Kind::Funding);
        table.push(1, [Some(Cell::Number(Decimal::new(1, 0)))]).expect("short");
        let file = write(&table).expect("written");
        let other = told(file.clone(), Kind::Trades);
        assert!(other.contains("some.parquet: found the columns time, rate, expected time, id, side"), "{other}");
        let cut = told(file[..file.len() - 9].to_vec(), Kind::Funding);
        assert!(cut.contains("some.parquet"), "{cut}");
    }
}
