// What addresses memory by data, and reductions: templates that small kernels instantiate.

// Where a position counted from either end lies; the extent itself where it is out of range.
D u64 from_start(i64 position, u64 extent) {
  const i64 at = position < 0 ? position + (i64)extent : position;
  return (u64)at < extent ? (u64)at : extent;
}
D u64 first_thread() { return (u64)blockIdx.x * blockDim.x + threadIdx.x; }
D u64 all_threads() { return (u64)gridDim.x * blockDim.x; }

// Words that travel with the launch, to memory.
template <class... W> D void put(u64* to, W... words) {
  if (first_thread() == 0) ((*to++ = words), ...);
}

// status[0] becomes the place of the first position that is out of range.
D void check_positions(const i64* positions, u64* status, u64 count, u64 extent) {
  for (u64 i = first_thread(); i < count; i += all_threads())
    if (from_start(positions[i], extent) == extent) atomicMin(status, i);
}
// status[1] becomes that position.
D void report(const i64* positions, u64* status, u64 count) {
  if (first_thread() == 0 && status[0] < count) status[1] = (u64)positions[status[0]];
}
template <class T>
D void gather(const T* from, const i64* positions, T* out, u64* status, u64 n, u64 count, u64 extent, u64 inner) {
  report(positions, status, count);
  for (u64 i = first_thread(); i < n; i += all_threads()) {
    const u64 outer = i / inner / count, at = from_start(positions[i / inner % count], extent);
    if (at < extent) out[i] = from[(outer * extent + at) * inner + i % inner];
  }
}
// The last write to every position wins.
D void winners(const i64* positions, i64* winner, u64* status, u64 count, u64 extent) {
  report(positions, status, count);
  for (u64 i = first_thread(); i < count; i += all_threads()) {
    const u64 at = from_start(positions[i], extent);
    if (at < extent) atomicMax(winner + at, (i64)i);
  }
}
template <class T>
D void scatter(const T* base, const T* values, const i64* winner, T* out, u64 n, u64 count, u64 extent, u64 inner) {
  for (u64 i = first_thread(); i < n; i += all_threads()) {
    const u64 outer = i / inner / extent;
    const i64 from = winner[i / inner % extent];
    out[i] = from < 0 ? base[i] : values[(outer * count + (u64)from) * inner + i % inner];
  }
}
// NaN is above all numbers, as in a sorted array.
template <class T, bool RIGHT> D void search(const T* sorted, const T* values, i64* out, u64 n, u64 count) {
  for (u64 i = first_thread(); i < n; i += all_threads()) {
    const T value = values[i];
    u64 low = 0, high = count;
    while (low < high) {
      const u64 middle = low + (high - low) / 2;
      const T a = RIGHT ? value : sorted[middle], b = RIGHT ? sorted[middle] : value;
      const bool is_less = a < b || (a == a && b != b);
      if (is_less != RIGHT) low = middle + 1; else high = middle;
    }
    out[i] = (i64)low;
  }
}

// Real lines have no imaginary part in bin 0, nor in the middle bin of an even length.
template <class T> D void clear(T* spectra, u64 lines, u64 line, u64 inner, u64 middle) {
  for (u64 i = first_thread(); i < lines; i += all_threads()) {
    T* const bins = spectra + i / inner * line * inner + i % inner;
    bins[0].im = 0;
    bins[middle * inner].im = 0;
  }
}

// A stable sort of positions: runs of `width` are merged in pairs, each element counting those that come before it. NaN is
// larger than every number.
template <class T, bool DOWN> D bool precedes(T x, T y) {
  const bool is_less = x < y || (x == x && y != y), is_more = y < x || (y == y && x != x);
  return DOWN ? is_more : is_less;
}
D void sort_start(i64* positions, u64 n, u64 extent) {
  for (u64 i = first_thread(); i < n; i += all_threads()) positions[i] = (i64)(i % extent);
}
template <class T, bool DOWN>
D void sort_merge(const T* values, const i64* from, i64* to, u64 n, u64 extent, u64 inner, u64 width) {
  for (u64 i = first_thread(); i < n; i += all_threads()) {
    const u64 line = i / extent, at = i % extent, run = at / width, first = run / 2 * 2 * width;
    const T* const elements = values + line / inner * extent * inner + line % inner;
    const i64* const mine = from + line * extent;
    const bool is_left = run % 2 == 0;
    const u64 middle = first + width < extent ? first + width : extent;
    const u64 end = first + 2 * width < extent ? first + 2 * width : extent;
    const T value = elements[mine[at] * inner];
    // How many of the other run come first: of equal elements those of the left one.
    u64 low = is_left ? middle : first, high = is_left ? end : middle;
    const u64 begin = low;
    while (low < high) {
      const u64 half = low + (high - low) / 2;
      const T other = elements[mine[half] * inner];
      const bool is_before = is_left ? precedes<T, DOWN>(other, value) : !precedes<T, DOWN>(value, other);
      if (is_before) low = half + 1; else high = half;
    }
    to[line * extent + first + (at - (is_left ? first : middle)) + (low - begin)] = mine[at];
  }
}
template <class T> D void sort_finish(const T* values, const i64* positions, T* out, u64 n, u64 extent, u64 inner) {
  for (u64 i = first_thread(); i < n; i += all_threads()) {
    const u64 line = i / extent, start = line / inner * extent * inner + line % inner;
    out[start + i % extent * inner] = values[start + positions[i] * inner];
  }
}
D void sort_positions(const i64* positions, i64* out, u64 n, u64 extent, u64 inner) {
  for (u64 i = first_thread(); i < n; i += all_threads()) {
    const u64 line = i / extent;
    out[line / inner * extent * inner + line % inner + i % extent * inner] = positions[i];
  }
}

// Products of matrices, summed in order: a thread per element.
template <class T> D void matmul(const T* a, const T* b, T* out, u64 elements, u64 rows, u64 depth, u64 columns) {
  for (u64 i = first_thread(); i < elements; i += all_threads()) {
    const u64 matrix = i / columns / rows;
    const T* const row = a + i / columns * depth;
    const T* const column = b + matrix * depth * columns + i % columns;
    T sum = to<T>(0);
    for (u64 k = 0; k < depth; k++) {
      const T product = op_mul(row[k], column[k * columns]);
      sum = k == 0 ? product : op_add(sum, product);
    }
    out[i] = sum;
  }
}

struct by_sum {
  template <class T> D T identity() { return to<T>(0); }
  template <class T> D T of(T x, T y) { return op_add(x, y); }
};
struct by_prod {
  template <class T> D T identity() { return to<T>(1); }
  template <class T> D T of(T x, T y) { return op_mul(x, y); }
};
template <class T> D T most() {
  if constexpr (is_real<T>::yes) return limits<T>::infinity();
  else if constexpr ((T)-1 < (T)0) return (T)(~0ull >> (65 - 8 * sizeof(T)));
  else return (T)~0ull;
}
template <class T> D T fewest() {
  if constexpr (is_real<T>::yes) return -limits<T>::infinity();
  else if constexpr ((T)-1 < (T)0) return (T)(-most<T>() - 1);
  else return (T)0;
}
struct by_min {
  template <class T> D T identity() { return most<T>(); }
  template <class T> D T of(T x, T y) { return op_min(x, y); }
};
struct by_max {
  template <class T> D T identity() { return fewest<T>(); }
  template <class T> D T of(T x, T y) { return op_max(x, y); }
};

// Running values along an axis, in order: a thread per line.
template <class T, class OP> D void scan(const T* from, T* out, u64 lines, u64 extent, u64 inner) {
  for (u64 line = first_thread(); line < lines; line += all_threads()) {
    u64 at = line / inner * extent * inner + line % inner;
    T sum = from[at];
    out[at] = sum;
    for (u64 i = 1; i < extent; i++) {
      at += inner;
      sum = OP::of(sum, from[at]);
      out[at] = sum;
    }
  }
}

// The value of the lane that lies `by` above.
template <class T> D T from_above(T x, u32 by) {
  if constexpr (sizeof(T) < 4) return (T)__shfl_down_sync(0xffffffffu, (i32)x, by);
  else return __shfl_down_sync(0xffffffffu, x, by);
}
template <class F> D complex_of<F> from_above(complex_of<F> z, u32 by) {
  return {from_above(z.re, by), from_above(z.im, by)};
}

// Elements in memory, those of one output together.
template <class T> struct dense {
  const T* from;
  u64 count;
  __device__ __forceinline__ T operator()(u64 output, u64 at) const { return from[output * count + at]; }
};

// Blocks of 2048 elements of each output, folded in the order that the host's devices use: accumulators of 128 bytes
// together take the elements in turn and are combined by halving.
constexpr u64 BLOCK = 2048;
template <class T> struct folding {
  static constexpr u32 accumulators = 128 / sizeof(T), lanes = accumulators < 32 ? accumulators : 32;
};
// The first `n` elements of a block. The lowest of the lanes, which are neighbours, gets the result; all lanes of a warp call,
// since they exchange values.
template <class T, class OP, class LOAD> D T fold_block(LOAD load, u64 output, u64 first, u32 n) {
  constexpr u32 accumulators = folding<T>::accumulators, lanes = folding<T>::lanes, each = accumulators / lanes;
  const u32 lane = threadIdx.x % lanes;
  T sums[each];
  #pragma unroll
  for (u32 a = 0; a < each; a++) {
    const u32 begin = a * lanes + lane;
    sums[a] = begin < n ? load(output, first + begin) : OP::template identity<T>();
    #pragma unroll 4
    for (u32 at = begin + accumulators; at < n; at += accumulators) sums[a] = OP::of(sums[a], load(output, first + at));
  }
  u32 live = n < accumulators ? n : accumulators;
  #pragma unroll
  for (u32 half = accumulators / 2; half >= lanes; half /= 2) {
    #pragma unroll
    for (u32 a = 0; a < half / lanes; a++) {
      const u32 pair = a + half / lanes;
      if (pair * lanes + lane < live) sums[a] = OP::of(sums[a], sums[pair]);
    }
    live = live < half ? live : half;
  }
  #pragma unroll
  for (u32 half = lanes / 2; half > 0; half /= 2) {
    const T above = from_above(sums[0], half);
    if (lane < half && lane + half < live) sums[0] = OP::of(sums[0], above);
    live = live < half ? live : half;
  }
  return sums[0];
}
template <class T, class OP, class LOAD>
D void fold(LOAD load, T* partials, u64 outputs, u64 count, u64 blocks) {
  constexpr u32 lanes = folding<T>::lanes;
  const u64 groups = outputs * blocks;
  for (u64 turn = first_thread() / 32 * 32; turn / lanes < groups; turn += all_threads()) {
    const u64 group = (turn + threadIdx.x % 32) / lanes;
    const u64 output = group / blocks, first = group % blocks * BLOCK;
    const u32 n = group >= groups ? 0 : count - first < BLOCK ? (u32)(count - first) : (u32)BLOCK;
    const T sum = fold_block<T, OP>(load, output, first, n);
    if (threadIdx.x % lanes == 0 && group < groups) partials[group] = sum;
  }
}
// The same order with a thread per output and block: where neighbouring outputs are neighbours in memory.
template <class T, class OP, class LOAD>
D void fold_across(LOAD load, T* partials, u64 outputs, u64 count, u64 blocks) {
  constexpr u32 accumulators = 128 / sizeof(T);
  for (u64 group = first_thread(); group < outputs * blocks; group += all_threads()) {
    const u64 output = group % outputs, block = group / outputs, first = block * BLOCK;
    const u32 n = count - first < BLOCK ? (u32)(count - first) : (u32)BLOCK;
    T sums[accumulators];
    #pragma unroll
    for (u32 a = 0; a < accumulators; a++)
      sums[a] = a < n ? load(output, first + a) : OP::template identity<T>();
    for (u32 row = accumulators; row < n; row += accumulators) {
      #pragma unroll
      for (u32 a = 0; a < accumulators; a++)
        if (row + a < n) sums[a] = OP::of(sums[a], load(output, first + row + a));
    }
    u32 live = n < accumulators ? n : accumulators;
    #pragma unroll
    for (u32 half = accumulators / 2; half > 0; half /= 2) {
      #pragma unroll
      for (u32 a = 0; a < half; a++)
        if (a + half < live) sums[a] = OP::of(sums[a], sums[a + half]);
      live = live < half ? live : half;
    }
    partials[output * blocks + block] = sums[0];
  }
}
// Neighbours, then neighbours of these: 512 partial results of one output become one.
template <class T, class OP> D void combine(const T* from, T* out, u64 outputs, u64 blocks, u64 left) {
  __shared__ __align__(16) unsigned char memory[2 * 256 * sizeof(T)];
  T* const values = reinterpret_cast<T*>(memory);
  for (u64 group = blockIdx.x; group < outputs * left; group += gridDim.x) {
    const u64 output = group / left, first = group % left * 512;
    const u32 n = blocks - first < 512 ? (u32)(blocks - first) : 512;
    for (u32 i = threadIdx.x; i < n; i += 256) values[i] = from[output * blocks + first + i];
    __syncthreads();
    for (u32 step = 1; step < n; step *= 2) {
      const u32 i = threadIdx.x * 2 * step;
      if (i + step < n) values[i] = OP::of(values[i], values[i + step]);
      __syncthreads();
    }
    if (threadIdx.x == 0) out[group] = values[0];
    __syncthreads();
  }
}

// Whether a candidate takes the place of another: it is better, or equal and earlier; a NaN is better than any number.
template <bool LEAST, class T> D bool beats(T x, i64 i, T y, i64 j) {
  if (j < 0) return i >= 0;
  if (i < 0) return false;
  if (x != x || y != y) return x != x && (y == y || i < j);
  return x == y ? i < j : LEAST ? x < y : y < x;
}
template <bool LEAST, class T> D void best_of_warp(T& x, i64& i) {
  for (u32 half = 16; half > 0; half /= 2) {
    const T y = from_above(x, half);
    const i64 j = from_above(i, half);
    if (beats<LEAST>(y, j, x, i)) { x = y; i = j; }
  }
}
// The first best of each output: a warp per 2048 elements, then over what these found.
template <class T, bool LEAST, class LOAD>
D void arg_fold(LOAD load, T* found, i64* where, u64 outputs, u64 count, u64 blocks) {
  const u64 groups = outputs * blocks;
  for (u64 group = first_thread() / 32; group < groups; group += all_threads() / 32) {
    const u64 output = group / blocks, first = group % blocks * BLOCK;
    const u64 end = count - first < BLOCK ? count : first + BLOCK;
    T x = (T)0;
    i64 i = -1;
    for (u64 at = first + threadIdx.x % 32; at < end; at += 32) {
      const T y = load(output, at);
      if (beats<LEAST>(y, (i64)at, x, i)) { x = y; i = (i64)at; }
    }
    best_of_warp<LEAST>(x, i);
    if (threadIdx.x % 32 == 0) { found[group] = x; where[group] = i; }
  }
}
template <class T, bool LEAST>
D void arg_combine(const T* found, const i64* where, i64* out, u64 outputs, u64 blocks) {
  for (u64 output = first_thread() / 32; output < outputs; output += all_threads() / 32) {
    T x = (T)0;
    i64 i = -1;
    for (u64 at = output * blocks + threadIdx.x % 32; at < (output + 1) * blocks; at += 32)
      if (beats<LEAST>(found[at], where[at], x, i)) { x = found[at]; i = where[at]; }
    best_of_warp<LEAST>(x, i);
    if (threadIdx.x % 32 == 0) out[output] = i;
  }
}
