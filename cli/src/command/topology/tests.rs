//! Each way of saying it says all of it.

use super::*;

fn picture() -> Picture {
    Picture::new(&config::read(None).expect("the defaults are accepted"))
}

#[test]
fn the_chart_has_an_arrow_for_each_reader_and_only_lossy_ones_are_dashed() {
    let picture = picture();
    let chart = mermaid::chart(&picture);
    for link in &picture.rings {
        let Row { ring, writer, gating, lossy, .. } = link.row;
        for reader in *gating {
            assert!(chart.contains(&format!("    {writer} -->|\"{ring} {}\"| {reader}\n", link.depth)), "{chart}");
        }
        for reader in *lossy {
            assert!(chart.contains(&format!("    {writer} -.->|\"{ring} {}\"| {reader}\n", link.depth)), "{chart}");
        }
    }
    let gating: usize = RINGS.iter().map(|row| row.gating.len()).sum();
    assert_eq!(chart.matches(" -->|").count(), gating);
    let dashed: usize = RINGS.iter().map(|row| row.lossy.len()).sum::<usize>() + SNAPSHOTS.len();
    assert_eq!(chart.matches(" -.->|").count(), dashed);
    assert_eq!(chart.matches("subgraph ").count(), chart.matches("    end\n").count());
}

#[test]
fn every_stage_stands_on_exactly_one_thread_of_each_layout() {
    let mut layout = config::read(None).expect("the defaults are accepted").layout;
    for kind in LayoutKind::ALL {
        layout.kind = kind;
        let mut placed: Vec<Stage> = threads(&layout).into_iter().flat_map(|thread| thread.stages).collect();
        placed.sort_unstable();
        assert_eq!(placed, Stage::ALL, "{}", kind.name());
    }
}

#[test]
fn json_names_every_ring_with_its_bytes() {
    let told = json(&picture());
    let names: Vec<_> = told["rings"].as_array().expect("a list").iter().map(|ring| &ring["name"]).collect();
    assert_eq!(names, RINGS.map(|row| row.ring.name()));
    let market = &told["rings"][0];
    assert_eq!((&market["event_bytes"], &market["depth"]), (&json!(64), &json!(4096)));
    assert_eq!((&market["per_venue"], &market["when_full"]), (&json!(true), &json!("wait")));
    assert_eq!(market["lossy"], json!(["bridge"]));
    assert_eq!(told["rings"][3]["reserve"], json!(64));
    assert_eq!(told["layout"]["kind"], "shared");
}

#[test]
fn columns_of_numbers_are_set_to_the_right_and_lines_end_with_a_letter() {
    let lines = [["a".to_owned(), "7".to_owned()].to_vec(), ["longer".to_owned(), "1024".to_owned()].to_vec()];
    let table = Table::new(&["name", "n"], &[1], lines.into_iter());
    assert_eq!(table.aligned(), "name       n\na          7\nlonger  1024\n");
    assert_eq!(table.markdown(), "| name | n |\n| --- | ---: |\n| a | 7 |\n| longer | 1024 |\n");
    assert!(text(&picture()).lines().all(|line| !line.ends_with(' ')));
}
