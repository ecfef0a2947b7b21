//! The distributions of the module `random`.
//!
//! The order in which numbers are drawn, and the order of operations, are CPython's: the results agree to the last bit.

use std::f64::consts::{E, PI, TAU};

use super::{Fault, Random};
use crate::num::{convert, gamma};

/// `x / y` where a script sees the division.
fn divide(x: f64, y: f64) -> Result<f64, Fault> {
    if y == 0.0 {
        return Err(Fault::zero_division("float division by zero"));
    }
    Ok(x / y)
}

impl Random {
    /// `uniform(a, b)`.
    pub fn uniform(&mut self, a: f64, b: f64) -> f64 {
        a + (b - a) * self.random()
    }

    /// `triangular(low, high, mode)`.
    pub fn triangular(&mut self, low: f64, high: f64, mode: Option<f64>) -> f64 {
        let u = self.random();
        let c = match mode {
            None => 0.5,
            Some(_) if high == low => return low,
            Some(mode) => (mode - low) / (high - low),
        };
        if u > c {
            return high + (low - high) * ((1.0 - u) * (1.0 - c)).sqrt();
        }
        low + (high - low) * (u * c).sqrt()
    }

    /// `normalvariate(mu, sigma)`: by the ratio of uniform numbers.
    pub fn normal(&mut self, mu: f64, sigma: f64) -> f64 {
        let magic = 4.0 * f64::exp(-0.5) / f64::sqrt(2.0);
        loop {
            let u1 = self.random();
            let u2 = 1.0 - self.random();
            let z = magic * (u1 - 0.5) / u2;
            if z * z / 4.0 <= -u2.ln() {
                return mu + z * sigma;
            }
        }
    }

    /// `gauss(mu, sigma)`: two numbers at a time, of which one is kept for the next call.
    pub fn gauss(&mut self, mu: f64, sigma: f64) -> f64 {
        let z = self.gauss_next.take().unwrap_or_else(|| {
            let angle = self.random() * TAU;
            let radius = (-2.0 * (1.0 - self.random()).ln()).sqrt();
            self.gauss_next = Some(angle.sin() * radius);
            angle.cos() * radius
        });
        mu + z * sigma
    }

    /// `lognormvariate(mu, sigma)`.
    pub fn log_normal(&mut self, mu: f64, sigma: f64) -> f64 {
        self.normal(mu, sigma).exp()
    }

    /// `expovariate(lambd)`.
    pub fn exponential(&mut self, lambda: f64) -> Result<f64, Fault> {
        divide(-(1.0 - self.random()).ln(), lambda)
    }

    /// `vonmisesvariate(mu, kappa)`.
    pub fn von_mises(&mut self, mu: f64, kappa: f64) -> f64 {
        if kappa <= 1e-6 {
            return TAU * self.random();
        }
        let s = 0.5 / kappa;
        let r = s + (1.0 + s * s).sqrt();
        let z = loop {
            let z = (PI * self.random()).cos();
            let d = z / (r + z);
            let u = self.random();
            if u < 1.0 - d * d || u <= (1.0 - d) * d.exp() {
                break z;
            }
        };
        let q = 1.0 / r;
        let f = (q + z) / (1.0 + q * z);
        let turn = f.acos();
        let angle = if self.random() > 0.5 {
            mu + turn
        } else {
            mu - turn
        };
        crate::num::division::modulo_f64(angle, TAU).unwrap_or(angle)
    }

    /// `gammavariate(alpha, beta)`.
    pub fn gamma(&mut self, alpha: f64, beta: f64) -> Result<f64, Fault> {
        if alpha <= 0.0 || beta <= 0.0 {
            return Err(Fault::value("gammavariate: alpha and beta must be > 0.0"));
        }
        Ok(if alpha > 1.0 {
            self.gamma_large(alpha) * beta
        } else if alpha == 1.0 {
            -(1.0 - self.random()).ln() * beta
        } else {
            self.gamma_small(alpha) * beta
        })
    }

    /// Cheng's method, for a shape above one.
    fn gamma_large(&mut self, alpha: f64) -> f64 {
        let root = (2.0 * alpha - 1.0).sqrt();
        let b = alpha - 4f64.ln();
        let c = alpha + root;
        let magic = 1.0 + 4.5f64.ln();
        loop {
            let u1 = self.random();
            if !(1e-7 < u1 && u1 < 0.999_999_9) {
                continue;
            }
            let u2 = 1.0 - self.random();
            let v = (u1 / (1.0 - u1)).ln() / root;
            let x = alpha * v.exp();
            let z = u1 * u1 * u2;
            let r = b + c * v - x;
            if r + magic - 4.5 * z >= 0.0 || r >= z.ln() {
                return x;
            }
        }
    }

    /// The method of Ahrens and Dieter, for a shape below one.
    fn gamma_small(&mut self, alpha: f64) -> f64 {
        loop {
            let u = self.random();
            let b = (E + alpha) / E;
            let p = b * u;
            let x = if p <= 1.0 {
                p.powf(1.0 / alpha)
            } else {
                -((b - p) / alpha).ln()
            };
            let u1 = self.random();
            let limit = if p > 1.0 {
                x.powf(alpha - 1.0)
            } else {
                (-x).exp()
            };
            if u1 <= limit {
                return x;
            }
        }
    }

    /// `betavariate(alpha, beta)`.
    pub fn beta(&mut self, alpha: f64, beta: f64) -> Result<f64, Fault> {
        let y = self.gamma(alpha, 1.0)?;
        if y == 0.0 {
            return Ok(0.0);
        }
        Ok(y / (y + self.gamma(beta, 1.0)?))
    }

    /// `paretovariate(alpha)`.
    pub fn pareto(&mut self, alpha: f64) -> Result<f64, Fault> {
        let u = 1.0 - self.random();
        Ok(u.powf(divide(-1.0, alpha)?))
    }

    /// `weibullvariate(alpha, beta)`.
    pub fn weibull(&mut self, alpha: f64, beta: f64) -> Result<f64, Fault> {
        let u = 1.0 - self.random();
        Ok(alpha * (-u.ln()).powf(divide(1.0, beta)?))
    }

    /// `binomialvariate(n, p)`.
    pub fn binomial(&mut self, n: i64, p: f64) -> Result<i64, Fault> {
        if n < 0 {
            return Err(Fault::value("n must be non-negative"));
        }
        if p == 0.0 {
            return Ok(0);
        }
        if p == 1.0 {
            return Ok(n);
        }
        if !(p > 0.0 && p < 1.0) {
            return Err(Fault::value("p must be in the range 0.0 <= p <= 1.0"));
        }
        if n == 1 {
            return Ok(i64::from(self.random() < p));
        }
        if p > 0.5 {
            return Ok(n - self.binomial(n, 1.0 - p)?);
        }
        if n as f64 * p < 10.0 {
            return Ok(self.binomial_rare(n, p));
        }
        self.binomial_frequent(n, p)
    }

    /// Devroye's geometric method: jumps from success to success.
    fn binomial_rare(&mut self, n: i64, p: f64) -> i64 {
        let c = (1.0 - p).log2();
        if c == 0.0 {
            return 0;
        }
        let (mut successes, mut trials) = (0, 0i64);
        loop {
            let jump = (self.random().log2() / c).floor() as i64;
            trials = trials.saturating_add(jump).saturating_add(1);
            if trials > n {
                return successes;
            }
            successes += 1;
        }
    }

    /// Hörmann's transformed rejection with squeeze.
    fn binomial_frequent(&mut self, n: i64, p: f64) -> Result<i64, Fault> {
        let size = n as f64;
        let spread = (size * p * (1.0 - p)).sqrt();
        let b = 1.15 + 2.53 * spread;
        let a = -0.0873 + 0.0248 * b + 0.01 * p;
        let c = size * p + 0.5;
        let squeeze = 0.92 - 4.2 / b;
        let alpha = (2.83 + 5.1 / b) * spread;
        let odds = (p / (1.0 - p)).ln();
        let mode = ((size + 1.0) * p).floor();
        let height = gamma::ln_gamma(mode + 1.0)? + gamma::ln_gamma(size - mode + 1.0)?;
        loop {
            let u = self.random() - 0.5;
            let us = 0.5 - u.abs();
            let k = ((2.0 * a / us + b) * u + c).floor();
            if k < 0.0 || k > size {
                continue;
            }
            let v = self.random();
            if us >= 0.07 && v <= squeeze {
                return whole(k);
            }
            let v = v * (alpha / (a / (us * us) + b));
            let bound = height - gamma::ln_gamma(k + 1.0)? - gamma::ln_gamma(size - k + 1.0)?
                + (k - mode) * odds;
            if v.ln() <= bound {
                return whole(k);
            }
        }
    }
}

/// A whole float within the range of `n`.
fn whole(k: f64) -> Result<i64, Fault> {
    Ok(convert::from_f64(k)?.as_ref().to_i64().unwrap_or(i64::MAX))
}
