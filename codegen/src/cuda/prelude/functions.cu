// Complex functions, in doubles; those of single precision are rounded from them.
//
// Special values: array API standard 2025.12, which follows C99 annex G.6 but for `tanh`. Functions are written for the
// first quadrant or the upper half plane and carried over by symmetry. Sources: W. Kahan, "Branch cuts for complex
// elementary functions" (1987); T. E. Hull, T. F. Fairgrieve, P. T. P. Tang, ACM TOMS 23 (1997) 299-335.
#define CALL static __device__ __noinline__

D f64 infinity() { return limits<f64>::infinity(); }
D c128 nan_nan() { return {limits<f64>::nan(), limits<f64>::nan()}; }
D bool is_finite(f64 x) { return op_isfinite(x); }
D bool is_infinite(f64 x) { return op_isinf(x); }
D f64 with_sign(f64 x, f64 sign) { return op_signbit(sign) ? -x : x; }
D c128 upper(c128 w, c128 z) { return {w.re, with_sign(w.im, z.im)}; }
D c128 odd(c128 w, c128 z) { return {with_sign(w.re, z.re), with_sign(w.im, z.im)}; }
D c128 even(c128 w, c128 z) { return {w.re, with_sign(with_sign(w.im, z.im), z.re)}; }
D f64 size(f64 x) { return op_abs(x); }
D f64 larger(f64 a, f64 b) { return size(a) > size(b) ? size(a) : size(b); }

// a + b and a * b as rounded value and exact rest.
struct pair { f64 hi, lo; };
D pair two_sum(f64 a, f64 b) {
  const f64 sum = a + b, from_b = sum - a;
  return {sum, (a - (sum - from_b)) + (b - from_b)};
}
D pair two_product(f64 a, f64 b) {
  const f64 product = a * b;
  return {product, fma(a, b, -product)};
}
// The sum of five terms as if exact and then rounded.
CALL f64 exact_sum(f64 a, f64 b, f64 c, f64 d, f64 e) {
  const f64 terms[5] = {a, b, c, d, e};
  f64 parts[5];
  for (i32 n = 0; n < 5; n++) {
    f64 carry = terms[n];
    for (i32 i = 0; i < n; i++) {
      const pair sum = two_sum(carry, parts[i]);
      carry = sum.hi;
      parts[i] = sum.lo;
    }
    parts[n] = carry;
  }
  return parts[0] + parts[1] + parts[2] + parts[3] + parts[4];
}

// x e^a without overflow or underflow inside.
CALL f64 times_exp(f64 x, f64 a) {
  const f64 step = copysign(700.0, a);
  f64 product = x, rest = a;
  while (size(rest) > 700.0 && product != 0.0 && is_finite(product)) {
    product *= exp(step);
    rest -= step;
  }
  return product == 0.0 || is_infinite(product) ? product : product * exp(rest);
}
D f64 times_half_exp(f64 x, f64 a) { return times_exp(0.5 * (x * exp(700.0)), a - 700.0); }
D c128 infinite_cis(f64 b) { return {infinity() * cos(b), b == 0.0 ? 0.0 : infinity() * sin(b)}; }

CALL c128 exp_of(f64 a, f64 b) {
  if (!is_finite(b)) return a == -infinity() ? c128{0.0, 0.0} : a == infinity() ? c128{infinity(), limits<f64>::nan()} : nan_nan();
  if (a != a) return b == 0.0 ? c128{a, 0.0} : nan_nan();
  if (a == -infinity()) return {0.0 * cos(b), 0.0 * sin(b)};
  if (a == infinity()) return infinite_cis(b);
  return {times_exp(cos(b), a), times_exp(sin(b), a)};
}
CALL c128 expm1_of(f64 a, f64 b) {
  if (a == 0.0 && b == 0.0) return {0.0, 0.0};
  if (!is_finite(b)) return a == -infinity() ? c128{-1.0, 0.0} : a == infinity() ? c128{infinity(), limits<f64>::nan()} : nan_nan();
  if (a != a) return b == 0.0 ? c128{a, 0.0} : nan_nan();
  if (a == -infinity()) return {-1.0, 0.0 * sin(b)};
  if (a == infinity()) return infinite_cis(b);
  if (a > 40.0) return {times_exp(cos(b), a) - 1.0, times_exp(sin(b), a)};
  const f64 half = sin(0.5 * b);
  return {expm1(a) * cos(b) - 2.0 * half * half, times_exp(sin(b), a)};
}
CALL c128 sinh_of(f64 a, f64 b) {
  if (!is_finite(b)) return a == 0.0 ? c128{0.0, limits<f64>::nan()} : a == infinity() ? c128{infinity(), limits<f64>::nan()} : nan_nan();
  if (a != a) return b == 0.0 ? c128{a, 0.0} : nan_nan();
  if (a == infinity()) return infinite_cis(b);
  if (a > 700.0) return {times_half_exp(cos(b), a), times_half_exp(sin(b), a)};
  return {sinh(a) * cos(b), cosh(a) * sin(b)};
}
CALL c128 cosh_of(f64 a, f64 b) {
  if (!is_finite(b)) return a == 0.0 ? c128{limits<f64>::nan(), 0.0} : a == infinity() ? c128{infinity(), limits<f64>::nan()} : nan_nan();
  if (a != a) return b == 0.0 ? c128{a, 0.0} : nan_nan();
  if (a == infinity()) return infinite_cis(b);
  if (a > 700.0) return {times_half_exp(cos(b), a), times_half_exp(sin(b), a)};
  return {cosh(a) * cos(b), sinh(a) * sin(b)};
}
CALL c128 tanh_of(f64 a, f64 b) {
  if (a == 0.0 && !is_finite(b)) return {0.0, limits<f64>::nan()};
  if (a == infinity()) return {1.0, 0.0};
  if (!is_finite(b)) return nan_nan();
  if (a != a) return b == 0.0 ? c128{a, 0.0} : nan_nan();
  if (a > 22.0) return {1.0, times_exp(4.0 * sin(b) * cos(b), -2.0 * a)};
  const f64 t = tan(b), beta = 1.0 + t * t, s = sinh(a), rho = sqrt(1.0 + s * s), below = 1.0 + beta * s * s;
  return {beta * rho * s / below, t / below};
}

// Near the unit circle log|z| is that of a number close to 1, whose distance from 1 is summed exactly.
template <class B> D f64 log_modulus(f64 a, f64 b) {
  const f64 modulus = hypot(a, b);
  if (modulus > 0.5 && modulus < 2.0) {
    const pair aa = two_product(a, a), bb = two_product(b, b);
    return 0.5 * log1p(exact_sum(-1.0, aa.hi, bb.hi, aa.lo, bb.lo)) * B::of_e();
  }
  if (is_infinite(modulus) && is_finite(a) && is_finite(b)) return B::log(hypot(0.5 * a, 0.5 * b)) + B::of_2();
  if (modulus < 2.2250738585072014e-308 && modulus > 0.0) {
    const f64 scale = scalbn(1.0, 100);
    return B::log(hypot(scale * a, scale * b)) - 100.0 * B::of_2();
  }
  return B::log(modulus);
}
struct base_e {
  D f64 log(f64 x) { return op_log(x); }
  D f64 of_e() { return 1.0; }
  D f64 of_2() { return 0.693147180559945309417; }
  D f64 natural() { return 1.0; }
};
struct base_2 {
  D f64 log(f64 x) { return op_log2(x); }
  D f64 of_e() { return 1.44269504088896340736; }
  D f64 of_2() { return 1.0; }
  D f64 natural() { return 0.693147180559945309417; }
};
struct base_10 {
  D f64 log(f64 x) { return op_log10(x); }
  D f64 of_e() { return 0.434294481903251827651; }
  D f64 of_2() { return 0.301029995663981195214; }
  D f64 natural() { return 2.30258509299404568402; }
};
template <class B> CALL c128 log_of(f64 a, f64 b) {
  if ((a != a || b != b) && !is_infinite(a) && !is_infinite(b)) return nan_nan();
  return {log_modulus<B>(a, b), atan2(b, a) / B::natural()};
}
CALL c128 log1p_of(f64 a, f64 b) {
  const f64 shifted = 1.0 + a, modulus = hypot(shifted, b);
  if (!(modulus > 0.5 && modulus < 2.0)) return log_of<base_e>(shifted, b);
  const pair aa = two_product(a, a), bb = two_product(b, b);
  return {0.5 * log1p(exact_sum(2.0 * a, aa.hi, bb.hi, aa.lo, bb.lo)), atan2(b, shifted)};
}
D i32 scaling(f64 largest) { return largest > 1e300 ? -2 : largest < 1e-200 ? 600 : 0; }
CALL c128 sqrt_of(f64 a, f64 b) {
  const f64 nan = limits<f64>::nan();
  if (a == 0.0 && b == 0.0) return {0.0, 0.0};
  if (b == infinity()) return {infinity(), infinity()};
  if (a == infinity()) return {infinity(), b != b ? nan : 0.0};
  if (a == -infinity() && b != b) return {nan, infinity()};
  if (a == -infinity()) return {0.0, infinity()};
  if (a != a || b != b) return nan_nan();
  const i32 shift = scaling(larger(a, b));
  const f64 x = scalbn(a, shift), y = scalbn(b, shift);
  const f64 root = sqrt(0.5 * (size(x) + hypot(x, y))), other = y / (2.0 * root);
  const f64 re = scalbn(op_signbit(a) ? other : root, -shift / 2), im = scalbn(op_signbit(a) ? root : other, -shift / 2);
  return {re, im};
}
CALL c128 sign_of(f64 a, f64 b) {
  if (a != a || b != b || (is_infinite(a) && is_infinite(b))) return nan_nan();
  if (a == 0.0 && b == 0.0) return {0.0, 0.0};
  if (is_infinite(a)) return {copysign(1.0, a), copysign(0.0, b)};
  if (is_infinite(b)) return {copysign(0.0, a), copysign(1.0, b)};
  const i32 shift = scaling(larger(a, b));
  const f64 x = scalbn(a, shift), y = scalbn(b, shift), modulus = hypot(x, y);
  return {x / modulus, y / modulus};
}

// What asin and acos of x + yj, neither part negative, are made of.
struct inverse { f64 asin, acos, imaginary; };
CALL inverse inverse_of(f64 x, f64 y) {
  const f64 large = 1.675975991242825e153, small = 5.966672584960166e-154, epsilon = 2.220446049250313e-16;
  const f64 half_pi = 1.57079632679489661923, ln_2 = 0.693147180559945309417;
  if (x > small && x < large && y > small && y < large) {
    const f64 to_left = hypot(x + 1.0, y), to_right = hypot(x - 1.0, y);
    const f64 a = 0.5 * (to_left + to_right), b = x / a, left_gap = to_left + (x + 1.0);
    inverse w;
    if (b <= 0.6417) {
      w.asin = asin(b);
      w.acos = acos(b);
    } else {
      const f64 root = x <= 1.0 ? sqrt(0.5 * (a + x) * (y * y / left_gap + (to_right + (1.0 - x))))
                                : y * sqrt(0.5 * ((a + x) / left_gap + (a + x) / (to_right + (x - 1.0))));
      w.asin = atan(x / root);
      w.acos = atan(root / x);
    }
    if (a <= 1.5) {
      const f64 excess = x < 1.0 ? 0.5 * (y * y / left_gap + y * y / (to_right + (1.0 - x)))
                                 : 0.5 * (y * y / left_gap + (to_right + (x - 1.0)));
      w.imaginary = log1p(excess + sqrt(excess * (a + 1.0)));
    } else {
      w.imaginary = log(a + sqrt((a - 1.0) * (a + 1.0)));
    }
    return w;
  }
  if (x == 1.0 && y == 0.0) return {half_pi, 0.0, 0.0};
  if (y <= epsilon * size(x - 1.0)) {
    if (x < 1.0) return {asin(x), acos(x), y / sqrt((1.0 - x) * (1.0 + x))};
    const f64 root = sqrt(x - 1.0) * sqrt(x + 1.0);
    return {half_pi, y / root, x > large ? ln_2 + log(x) : log1p((x - 1.0) + root)};
  }
  if (y <= small) return {half_pi - sqrt(y), sqrt(y), sqrt(y)};
  if (epsilon * y >= x + 1.0) return {x / y, half_pi, ln_2 + log(y)};
  if (x > 1.0) {
    const f64 ratio = x / y;
    return {atan(ratio), atan(y / x), ln_2 + log(y) + 0.5 * log1p(ratio * ratio)};
  }
  const f64 a = hypot(1.0, y);
  return {x / a, half_pi, 0.5 * log1p(2.0 * y * (y + a))};
}
CALL c128 asinh_of(f64 a, f64 b) {
  if (is_infinite(a) || is_infinite(b)) return {infinity(), atan2(b, a)};
  if (a != a && b == 0.0) return {a, 0.0};
  if (a != a || b != b) return nan_nan();
  const inverse w = inverse_of(b, a);
  return {w.imaginary, w.asin};
}
CALL c128 acos_of(f64 a, f64 b) {
  if (is_infinite(a) || is_infinite(b)) return {atan2(b, a), -infinity()};
  if (a == 0.0 && b != b) return {1.57079632679489661923, b};
  if (a != a || b != b) return nan_nan();
  const inverse w = inverse_of(size(a), b);
  return {op_signbit(a) ? 3.14159265358979323846 - w.acos : w.acos, -w.imaginary};
}
CALL c128 atanh_of(f64 a, f64 b) {
  const f64 half_pi = 1.57079632679489661923;
  if (a == infinity() && b != b) return {0.0, b};
  if (is_infinite(a) || is_infinite(b)) return {0.0, half_pi};
  if (a == 0.0 && b != b) return {0.0, b};
  if (a != a || b != b) return nan_nan();
  if (a == 1.0 && b == 0.0) return {infinity(), 0.0};
  const f64 most = a > b ? a : b;
  if (most > 1e100) {
    const f64 scale = 1.0 / most, c = a * scale, d = b * scale;
    return {c / (c * c + d * d) * scale, half_pi};
  }
  if (a == 1.0 && b < 1e-100) return {0.5 * (0.693147180559945309417 - log(b)), 0.78539816339744830962};
  const f64 from_one = 1.0 - a;
  return {0.25 * log1p(4.0 * a / (from_one * from_one + b * b)), 0.5 * atan2(2.0 * b, from_one * (1.0 + a) - b * b)};
}

D c128 times_j(c128 z) { return {-z.im, z.re}; }
D c128 over_j(c128 z) { return {z.im, -z.re}; }
D c128 op_exp(c128 z) { return upper(exp_of(z.re, size(z.im)), z); }
D c128 op_expm1(c128 z) { return upper(expm1_of(z.re, size(z.im)), z); }
D c128 op_sinh(c128 z) { return odd(sinh_of(size(z.re), size(z.im)), z); }
D c128 op_cosh(c128 z) { return even(cosh_of(size(z.re), size(z.im)), z); }
D c128 op_tanh(c128 z) { return odd(tanh_of(size(z.re), size(z.im)), z); }
D c128 op_sin(c128 z) { return over_j(op_sinh(times_j(z))); }
D c128 op_cos(c128 z) { return op_cosh(times_j(z)); }
D c128 op_tan(c128 z) { return over_j(op_tanh(times_j(z))); }
D c128 op_log(c128 z) { return upper(log_of<base_e>(z.re, size(z.im)), z); }
D c128 op_log2(c128 z) { return upper(log_of<base_2>(z.re, size(z.im)), z); }
D c128 op_log10(c128 z) { return upper(log_of<base_10>(z.re, size(z.im)), z); }
D c128 op_log1p(c128 z) { return upper(log1p_of(z.re, size(z.im)), z); }
D c128 op_sqrt(c128 z) { return upper(sqrt_of(z.re, size(z.im)), z); }
D c128 op_sign(c128 z) { return sign_of(z.re, z.im); }
D c128 op_asinh(c128 z) { return odd(asinh_of(size(z.re), size(z.im)), z); }
D c128 op_acos(c128 z) { return upper(acos_of(z.re, size(z.im)), z); }
D c128 op_acosh(c128 z) {
  const c128 w = acos_of(z.re, size(z.im));
  return upper(c128{-w.im, w.re}, z);
}
D c128 op_atanh(c128 z) { return odd(atanh_of(size(z.re), size(z.im)), z); }
D c128 op_asin(c128 z) { return over_j(op_asinh(times_j(z))); }
D c128 op_atan(c128 z) { return over_j(op_atanh(times_j(z))); }

// Numbers of about 106 bits, for powers: every unit in w log z costs an ulp of the result for each ulp of error in it.
D pair wide(f64 x) { return {x, 0.0}; }
D pair wide_add(pair x, pair y) {
  const pair s = two_sum(x.hi, y.hi), t = two_sum(x.lo, y.lo);
  const pair u = two_sum(s.hi, s.lo + t.hi);
  return two_sum(u.hi, u.lo + t.lo);
}
D pair wide_mul(pair x, pair y) {
  const pair p = two_product(x.hi, y.hi);
  return two_sum(p.hi, p.lo + (x.hi * y.lo + x.lo * y.hi));
}
D pair wide_neg(pair x) { return {-x.hi, -x.lo}; }
D pair wide_over(pair x, f64 n) {
  const pair hi = wide(x.hi / n), rest = wide_add(x, wide_neg(wide_mul(hi, wide(n))));
  return wide_add(hi, wide(rest.hi / n));
}
struct wide_complex { pair re, im; i32 exponent; };
// exp as a number near 1 and a power of two, for exponents of moderate size.
CALL wide_complex precise_exp(pair a, pair b) {
  const pair ln_2 = {0.693147180559945309417, 2.3190468138462996e-17};
  const pair half_pi = {1.57079632679489661923, 6.123233995736766e-17};
  const f64 halvings = rint(a.hi / ln_2.hi), quarters = rint(b.hi / half_pi.hi);
  const pair re = wide_add(a, wide_neg(wide_mul(wide(halvings), ln_2)));
  const pair im = wide_add(b, wide_neg(wide_mul(wide(quarters), half_pi)));
  pair x = wide(1.0), y = wide(0.0);
  for (i32 n = 32; n > 0; n--) {
    const pair c = wide_over(re, n), d = wide_over(im, n);
    const pair next = wide_add(wide(1.0), wide_add(wide_mul(c, x), wide_neg(wide_mul(d, y))));
    y = wide_add(wide_mul(c, y), wide_mul(d, x));
    x = next;
  }
  const i32 turn = (i32)(quarters - 4.0 * floor(quarters / 4.0));
  const pair turned_re = turn == 0 ? x : turn == 1 ? wide_neg(y) : turn == 2 ? wide_neg(x) : y;
  const pair turned_im = turn == 0 ? y : turn == 1 ? x : turn == 2 ? wide_neg(y) : wide_neg(x);
  return {turned_re, turned_im, (i32)halvings};
}
D c128 plain_power(c128 log, c128 w) {
  return w.im == 0.0 ? op_exp(c128{w.re * log.re, w.re * log.im}) : op_exp(op_mul(w, log));
}
CALL c128 power_of(c128 z, c128 w) {
  if (w.re == 0.0 && w.im == 0.0) return {1.0, 0.0};
  const c128 log = op_log(z);
  if (!op_isfinite(log) || !op_isfinite(w)) return plain_power(log, w);
  const c128 about = op_mul(w, log);
  if (size(about.re) > 1e4 || size(about.im) > 1e15 || size(w.re) > 1e30 || size(w.im) > 1e30) return plain_power(log, w);
  // One Newton step on exp from the logarithm in doubles: an error of 1e-16 becomes one of 1e-32.
  const i32 scale = ilogb(larger(z.re, z.im));
  const c128 near = {scalbn(z.re, -scale), scalbn(z.im, -scale)};
  const c128 start = op_log(near);
  const wide_complex e = precise_exp(wide(-start.re), wide(-start.im));
  const pair a = wide(scalbn(near.re, e.exponent)), b = wide(scalbn(near.im, e.exponent));
  const pair re = wide_add(wide_add(wide_mul(a, e.re), wide_neg(wide_mul(b, e.im))), wide(-1.0));
  const pair im = wide_add(wide_mul(a, e.im), wide_mul(b, e.re));
  const pair ln_2 = {0.693147180559945309417, 2.3190468138462996e-17};
  pair log_re = wide_add(wide_add(wide(start.re), re), wide(-0.5 * (re.hi * re.hi - im.hi * im.hi)));
  log_re = wide_add(log_re, wide_mul(wide(scale), ln_2));
  const pair log_im = wide_add(wide_add(wide(start.im), im), wide(-0.5 * (2.0 * re.hi * im.hi)));
  const pair c = wide(w.re), d = wide(w.im);
  const wide_complex power = precise_exp(wide_add(wide_mul(c, log_re), wide_neg(wide_mul(d, log_im))),
                                         wide_add(wide_mul(c, log_im), wide_mul(d, log_re)));
  return {scalbn(power.re.hi, power.exponent), scalbn(power.im.hi, power.exponent)};
}
D c128 op_pow(c128 z, c128 w) { return power_of(z, w); }
D c64 op_pow(c64 z, c64 w) { return to<c64>(power_of(to<c128>(z), to<c128>(w))); }

D c64 op_exp(c64 z) { return to<c64>(op_exp(to<c128>(z))); }
D c64 op_expm1(c64 z) { return to<c64>(op_expm1(to<c128>(z))); }
D c64 op_sinh(c64 z) { return to<c64>(op_sinh(to<c128>(z))); }
D c64 op_cosh(c64 z) { return to<c64>(op_cosh(to<c128>(z))); }
D c64 op_tanh(c64 z) { return to<c64>(op_tanh(to<c128>(z))); }
D c64 op_sin(c64 z) { return to<c64>(op_sin(to<c128>(z))); }
D c64 op_cos(c64 z) { return to<c64>(op_cos(to<c128>(z))); }
D c64 op_tan(c64 z) { return to<c64>(op_tan(to<c128>(z))); }
D c64 op_log(c64 z) { return to<c64>(op_log(to<c128>(z))); }
D c64 op_log2(c64 z) { return to<c64>(op_log2(to<c128>(z))); }
D c64 op_log10(c64 z) { return to<c64>(op_log10(to<c128>(z))); }
D c64 op_log1p(c64 z) { return to<c64>(op_log1p(to<c128>(z))); }
D c64 op_sqrt(c64 z) { return to<c64>(op_sqrt(to<c128>(z))); }
D c64 op_sign(c64 z) { return to<c64>(op_sign(to<c128>(z))); }
D c64 op_asinh(c64 z) { return to<c64>(op_asinh(to<c128>(z))); }
D c64 op_acos(c64 z) { return to<c64>(op_acos(to<c128>(z))); }
D c64 op_acosh(c64 z) { return to<c64>(op_acosh(to<c128>(z))); }
D c64 op_atanh(c64 z) { return to<c64>(op_atanh(to<c128>(z))); }
D c64 op_asin(c64 z) { return to<c64>(op_asin(to<c128>(z))); }
D c64 op_atan(c64 z) { return to<c64>(op_atan(to<c128>(z))); }
