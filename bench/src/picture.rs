//! Plain charts as SVG: curves and bars with axes, units and a legend.
//! It knows no measure.

use std::fmt::Write;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 80.0;
const RIGHT: f64 = 30.0;
const TOP: f64 = 50.0;
const BOTTOM: f64 = 60.0;
/// Told apart also without colour vision.
const COLOURS: [&str; 4] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"];

/// A line through points.
pub struct Curve {
    name: &'static str,
    points: Vec<(f64, f64)>,
}

impl Curve {
    /// A named line.
    pub fn new(name: &'static str, points: Vec<(f64, f64)>) -> Self {
        Self { name, points }
    }
}

/// Lines over a common axis. `axes` says what is shown to the right and upwards, with units.
pub fn curves(title: &str, axes: (&str, &str), curves: &[Curve]) -> String {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let (x, y) = (Axis::up_to(points().map(|(x, _)| *x)), Axis::up_to(points().map(|(_, y)| *y)));
    let mut svg = frame(title, axes.1, &y);
    for tick in x.ticks() {
        let at = right(x.share(tick));
        line(&mut svg, (at, HEIGHT - BOTTOM), (at, HEIGHT - BOTTOM + 5.0), "#444");
        text(&mut svg, (at, HEIGHT - BOTTOM + 20.0), "middle", &number(tick));
    }
    text(&mut svg, (LEFT + (WIDTH - LEFT - RIGHT) / 2.0, HEIGHT - 15.0), "middle", axes.0);
    for (curve, colour) in curves.iter().zip(COLOURS) {
        let place = |(px, py): &(f64, f64)| (right(x.share(*px)), up(y.share(*py)));
        let path: Vec<String> = curve.points.iter().map(place).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = writeln!(svg, "<polyline fill='none' stroke='{colour}' stroke-width='2' points='{}'/>", path.join(" "));
        for (x, y) in curve.points.iter().map(place) {
            let _ = writeln!(svg, "<circle cx='{x:.1}' cy='{y:.1}' r='3' fill='{colour}'/>");
        }
    }
    legend(&mut svg, &curves.iter().map(|curve| curve.name).collect::<Vec<_>>());
    svg + "</svg>\n"
}

/// A bar per name: its height is the median of the values, a thin line shows their spread.
pub fn bars(title: &str, unit: &str, bars: &[(&str, Vec<f64>)]) -> String {
    let y = Axis::up_to(bars.iter().flat_map(|(_, values)| values.iter().copied()));
    let mut svg = frame(title, unit, &y);
    let width = (WIDTH - LEFT - RIGHT) / f64::from(u32::try_from(bars.len().max(1)).unwrap_or(1));
    let mut at = LEFT + width / 2.0;
    for ((name, values), colour) in bars.iter().zip(COLOURS) {
        let median = crate::report::median(values, |value| *value);
        let (least, most) = values.iter().fold((median, median), |(least, most), value| (least.min(*value), most.max(*value)));
        let (top, floor) = (up(y.share(median)), HEIGHT - BOTTOM);
        let _ = writeln!(
            svg,
            "<rect x='{:.1}' y='{top:.1}' width='{:.1}' height='{:.1}' fill='{colour}'/>",
            at - width * 0.3,
            width * 0.6,
            floor - top
        );
        line(&mut svg, (at, up(y.share(least))), (at, up(y.share(most))), "#000");
        text(&mut svg, (at, up(y.share(most)) - 6.0), "middle", &number(median));
        text(&mut svg, (at, floor + 20.0), "middle", name);
        at += width;
    }
    svg + "</svg>\n"
}

/// From zero to a round number above all values.
struct Axis {
    step: f64,
    end: f64,
}

impl Axis {
    fn up_to(values: impl Iterator<Item = f64>) -> Self {
        let most = values.filter(|value| value.is_finite()).fold(0.0, f64::max).max(1e-9);
        let rough = most / 5.0;
        let magnitude = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * magnitude).into_iter().find(|step| *step >= rough).unwrap_or(rough);
        Self { step, end: (most / step).ceil() * step }
    }

    fn share(&self, value: f64) -> f64 {
        value / self.end
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        let (step, end) = (self.step, self.end);
        (0..=10).map(move |i| f64::from(i) * step).take_while(move |tick| *tick <= end + step / 2.0)
    }
}

fn frame(title: &str, unit: &str, y: &Axis) -> String {
    let mut svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' font-family='sans-serif' font-size='12'>\n\
         <rect width='100%' height='100%' fill='#fff'/>\n<text x='{LEFT}' y='25' font-size='16'>{}</text>\n",
        escaped(title)
    );
    for tick in y.ticks() {
        let at = up(y.share(tick));
        line(&mut svg, (LEFT, at), (WIDTH - RIGHT, at), "#ddd");
        text(&mut svg, (LEFT - 8.0, at + 4.0), "end", &number(tick));
    }
    line(&mut svg, (LEFT, TOP), (LEFT, HEIGHT - BOTTOM), "#444");
    line(&mut svg, (LEFT, HEIGHT - BOTTOM), (WIDTH - RIGHT, HEIGHT - BOTTOM), "#444");
    let middle = TOP + (HEIGHT - TOP - BOTTOM) / 2.0;
    let _ = writeln!(svg, "<text transform='rotate(-90 20 {middle})' x='20' y='{middle}' text-anchor='middle'>{}</text>", escaped(unit));
    svg
}

fn legend(svg: &mut String, names: &[&str]) {
    let mut at = WIDTH - RIGHT;
    for (name, colour) in names.iter().zip(COLOURS).rev() {
        text(svg, (at, 42.0), "end", name);
        at -= 7.0 * f64::from(u32::try_from(name.len()).unwrap_or_default()) + 18.0;
        let _ = writeln!(svg, "<rect x='{at:.1}' y='33' width='10' height='10' fill='{colour}'/>");
        at -= 15.0;
    }
}

fn line(svg: &mut String, from: (f64, f64), to: (f64, f64), colour: &str) {
    let _ = writeln!(svg, "<line x1='{:.1}' y1='{:.1}' x2='{:.1}' y2='{:.1}' stroke='{colour}'/>", from.0, from.1, to.0, to.1);
}

fn text(svg: &mut String, at: (f64, f64), anchor: &str, said: &str) {
    let _ = writeln!(svg, "<text x='{:.1}' y='{:.1}' text-anchor='{anchor}'>{}</text>", at.0, at.1, escaped(said));
}

fn right(share: f64) -> f64 {
    LEFT + share * (WIDTH - LEFT - RIGHT)
}

fn up(share: f64) -> f64 {
    HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
}

fn number(value: f64) -> String {
    if value >= 10.0 || value.fract().abs() < 1e-9 { format!("{value:.0}") } else { format!("{value:.1}") }
}

fn escaped(said: &str) -> String {
    said.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_a_round_number_above_all() {
        let axis = Axis::up_to([3.0, 212.0].into_iter());
        assert_eq!((axis.step, axis.end), (50.0, 250.0));
        assert_eq!(axis.ticks().collect::<Vec<_>>(), [0.0, 50.0, 100.0, 150.0, 200.0, 250.0]);
    }

    #[test]
    fn a_chart_names_its_axes_and_curves_and_stays_inside() {
        let svg = curves("Time & space", ("apps", "MiB"), &[Curve::new("at rest", vec![(0.0, 10.0), (200.0, 40.0)])]);
        for said in ["Time &amp; space", ">apps<", ">MiB<", ">at rest<", "points='80.0,267.5 690.0,50.0'"] {
            assert!(svg.contains(said), "{said} is not in\n{svg}");
        }
        assert!(svg.ends_with("</svg>\n"));
    }

    #[test]
    fn a_bar_is_as_high_as_the_median() {
        let svg = bars("Rates", "per second", &[("floor", vec![90.0, 100.0, 95.0])]);
        assert!(svg.contains(">95<") && svg.contains("height='275.5'"), "{svg}");
    }
}
