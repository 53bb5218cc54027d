//! Arguments that are more than one word: how they are read.

use engine::compare::ColumnMapping;
use services::cost::DimSetting;

/// `OUTPUT=COLUMN[,COLUMN...]`.
pub fn mapping(text: &str) -> Result<ColumnMapping, String> {
    let wrong = || format!("'{text}' is no mapping; write OUTPUT=COLUMN or OUTPUT=COLUMN,COLUMN");
    let (output, columns) = text.split_once('=').ok_or_else(wrong)?;
    let columns: Vec<String> = columns.split(',').map(str::to_owned).collect();
    if output.is_empty() || columns.iter().any(String::is_empty) {
        return Err(wrong());
    }
    Ok(ColumnMapping {
        output: output.to_owned(),
        columns,
    })
}

/// `N=8`.
pub fn dim(text: &str) -> Result<DimSetting, String> {
    let wrong = || format!("'{text}' is no dim with its value: write N=8");
    let (name, value) = text.rsplit_once('=').ok_or_else(wrong)?;
    let value = value.parse().map_err(|_| wrong())?;
    Ok(DimSetting {
        name: name.to_owned(),
        value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_are_read_with_their_columns() {
        let found = mapping("y=y_2,y_0");
        assert!(found.is_ok_and(|found| found.columns == ["y_2", "y_0"]));
        for wrong in ["y", "=a", "y=", "y=a,,b"] {
            assert!(mapping(wrong).is_err(), "{wrong}");
        }
    }
}
