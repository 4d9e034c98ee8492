//! The curves that probabilities are read from: normal, chi-square, Student's t.

use std::f64::consts::{PI, SQRT_2};

/// Share of a normal curve below `x`.
#[must_use]
pub fn normal_below(x: f64) -> f64 {
    0.5 * libm::erfc(-x / SQRT_2)
}

/// Height of a normal curve at `x`.
#[must_use]
pub fn normal_height(x: f64) -> f64 {
    (-x * x / 2.0).exp() / (2.0 * PI).sqrt()
}

/// The point that `share` (between 0 and 1) of a normal curve lies below. Acklam's rational function, good to 1e-9, and two
/// of Halley's steps.
#[must_use]
pub fn normal_point(share: f64) -> f64 {
    let mut x = acklam(share);
    for _ in 0..2 {
        let off = (normal_below(x) - share) / normal_height(x);
        x -= off / (1.0 + x * off / 2.0);
    }
    x
}

fn acklam(p: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 6] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
        1.0,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 5] =
        [7.784_695_709_041_462e-3, 3.224_671_290_700_398e-1, 2.445_134_137_142_996, 3.754_408_661_907_416, 1.0];
    let poly = |coefficients: &[f64], x: f64| coefficients.iter().fold(0.0, |sum, c| sum * x + c);
    if p < 0.024_25 {
        let q = (-2.0 * p.ln()).sqrt();
        poly(&C, q) / poly(&D, q)
    } else if p > 1.0 - 0.024_25 {
        -acklam(1.0 - p)
    } else {
        let q = p - 0.5;
        q * poly(&A, q * q) / poly(&B, q * q)
    }
}

/// A point of the normal curve, bent by skew and excess kurtosis (Cornish and Fisher 1938).
#[must_use]
pub fn bent(z: f64, skew: f64, kurtosis: f64) -> f64 {
    z + (z * z - 1.0) * skew / 6.0 + (z * z * z - 3.0 * z) * kurtosis / 24.0
        - (2.0 * z * z * z - 5.0 * z) * skew * skew / 36.0
}

/// Whether the bent curve rises everywhere. Where it does not, a rarer loss may come out as a smaller one, and what it says
/// is no quantile of anything. Its slope is a parabola in `z`, which must have no root.
#[must_use]
pub fn bends_upward(skew: f64, kurtosis: f64) -> bool {
    let square = skew * skew;
    let (a, b, c) = (kurtosis / 8.0 - square / 6.0, skew / 3.0, 1.0 - kurtosis / 8.0 + 5.0 * square / 36.0);
    if a == 0.0 { b == 0.0 && c > 0.0 } else { a > 0.0 && b * b < 4.0 * a * c }
}

/// Share of a chi-square curve with one degree of freedom above `x`.
#[must_use]
pub fn chi_square_1_above(x: f64) -> f64 {
    libm::erfc((x / 2.0).sqrt())
}

/// The same with two degrees.
#[must_use]
pub fn chi_square_2_above(x: f64) -> f64 {
    (-x / 2.0).exp()
}

/// The point that `share` of Student's t with `degrees` lies below, by halving.
#[must_use]
pub fn student_point(share: f64, degrees: f64) -> f64 {
    let (mut low, mut high) = (-1e6, 1e6);
    for _ in 0..120 {
        let middle = f64::midpoint(low, high);
        if student_below(middle, degrees) < share { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// Share of Student's t with `degrees` below `x`.
#[must_use]
pub fn student_below(x: f64, degrees: f64) -> f64 {
    let tail = 0.5 * beta_share(degrees / 2.0, 0.5, degrees / (degrees + x * x));
    if x < 0.0 { tail } else { 1.0 - tail }
}

/// Height of Student's t with `degrees` at `x`, as a logarithm.
#[must_use]
pub fn student_log_height(x: f64, degrees: f64) -> f64 {
    libm::lgamma(f64::midpoint(degrees, 1.0))
        - libm::lgamma(degrees / 2.0)
        - 0.5 * (degrees * PI).ln()
        - f64::midpoint(degrees, 1.0) * (x * x / degrees).ln_1p()
}

/// The regularised incomplete beta function, by Lentz's continued fraction (Numerical Recipes, 6.4).
fn beta_share(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    let whole = libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + a * x.ln() + b * (-x).ln_1p();
    if x < (a + 1.0) / (a + b + 2.0) {
        whole.exp() * fraction(a, b, x) / a
    } else {
        1.0 - whole.exp() * fraction(b, a, 1.0 - x) / b
    }
}

/// Steps of the fraction; it is exact to a float's last digits after some tens.
const STEPS_MAX: u32 = 500;

fn fraction(a: f64, b: f64, x: f64) -> f64 {
    let bounded = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / bounded(1.0 - (a + b) * x / (a + 1.0));
    let mut sum = d;
    for step in 1..STEPS_MAX {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / bounded(1.0 + even * d);
        c = bounded(1.0 + even / c);
        sum *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / bounded(1.0 + odd * d);
        c = bounded(1.0 + odd / c);
        sum *= d * c;
        if (d * c - 1.0).abs() < 1e-15 {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn near(got: f64, wanted: f64) {
        assert!((got - wanted).abs() <= 1e-12 * wanted.abs().max(1.0), "found {got}, expected {wanted}");
    }

    /// Values of printed tables.
    #[test]
    fn points_and_shares_are_those_of_the_tables() {
        near(normal_below(1.959_963_984_540_054), 0.975);
        near(normal_point(0.975), 1.959_963_984_540_054);
        near(normal_point(0.01), -2.326_347_874_040_841);
        near(normal_point(1e-6), -4.753_424_308_822_899);
        near(chi_square_1_above(3.841_458_820_694_124), 0.05);
        near(chi_square_2_above(5.991_464_547_107_979), 0.05);
        near(student_below(2.0, 3.0), 0.930_337_015_720_578);
        near(student_point(0.05, 1.0), -6.313_751_514_675_037);
        near(student_log_height(0.0, 1.0).exp(), 1.0 / PI);
    }

    #[test]
    fn the_bent_curve_is_said_to_rise_where_each_step_of_it_does() {
        for (skew, kurtosis) in [
            (0.0, 0.0),
            (0.0, 3.0),
            (0.3, 2.0),
            (-1.0, 4.0),
            (0.0, 7.9),
            (0.0, 8.1),
            (2.5, 3.0),
            (0.0, -0.5),
            (0.5, 0.0),
        ] {
            let at = |n: i32| bent(f64::from(n) / 100.0, skew, kurtosis);
            let rises = (-3_000..3_000).all(|n| at(n) < at(n + 1));
            assert_eq!(bends_upward(skew, kurtosis), rises, "skew {skew}, kurtosis {kurtosis}");
        }
    }
}
