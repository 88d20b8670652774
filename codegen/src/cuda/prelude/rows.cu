// Rows with all their stages: the threads of a row meet between them.

// The value that the first thread of a warp has.
template <class T> D T from_first(T x) {
  if constexpr (sizeof(T) < 4) return (T)__shfl_sync(0xffffffffu, (i32)x, 0);
  else return __shfl_sync(0xffffffffu, x, 0);
}
template <class F> D complex_of<F> from_first(complex_of<F> z) { return {from_first(z.re), from_first(z.im)}; }

// Bytes of all elements of a row.
template <class T> D u32 whole(u64 count) { return ((u32)count * (u32)sizeof(T) + 15) / 16 * 16; }

// The threads of one row: a block, or a warp, for which rows have one block of elements.
template <bool WIDE> struct team {
  D u32 threads() { return WIDE ? 256 : 32; }
  D u32 thread() { return threadIdx.x % threads(); }
  D u64 first() { return WIDE ? (u64)blockIdx.x : first_thread() / 32; }
  D u64 all() { return WIDE ? (u64)gridDim.x : all_threads() / 32; }
  D void meet() {
    if constexpr (WIDE) __syncthreads();
    else __syncwarp();
  }
  // Where these threads keep what stages leave behind. A block has its partial results before.
  D unsigned char* kept(unsigned char* memory, u32 bytes) {
    return memory + (WIDE ? 512 : threadIdx.x / 32 * bytes);
  }
  // Every thread gets the result, in the order of folds in several launches.
  template <class T, class OP, class LOAD> D T fold(LOAD load, u64 row, u64 count, unsigned char* memory) {
    constexpr u32 lanes = folding<T>::lanes;
    if constexpr (!WIDE) {
      const u32 n = threadIdx.x % 32 < lanes ? (u32)count : 0;
      return from_first(fold_block<T, OP>(load, row, 0, n));
    } else {
      T* const partials = reinterpret_cast<T*>(memory);
      const u32 blocks = (u32)((count + BLOCK - 1) / BLOCK);
      for (u32 turn = 0; turn < blocks; turn += 256 / lanes) {
        const u32 block = turn + threadIdx.x / lanes;
        const u64 start = block * BLOCK;
        const u32 n = block >= blocks ? 0 : count - start < BLOCK ? (u32)(count - start) : (u32)BLOCK;
        const T sum = fold_block<T, OP>(load, row, start, n);
        if (threadIdx.x % lanes == 0 && block < blocks) partials[block] = sum;
      }
      __syncthreads();
      for (u32 step = 1; step < blocks; step *= 2) {
        const u32 i = threadIdx.x * 2 * step;
        if (i + step < blocks) partials[i] = OP::of(partials[i], partials[i + step]);
        __syncthreads();
      }
      const T sum = partials[0];
      __syncthreads();
      return sum;
    }
  }
  // Every thread gets the place of the first best.
  template <class T, bool LEAST, class LOAD> D i64 find(LOAD load, u64 row, u64 count, unsigned char* memory) {
    T x = (T)0;
    i64 i = -1;
    for (u64 at = thread(); at < count; at += threads()) {
      const T y = load(row, at);
      if (beats<LEAST>(y, (i64)at, x, i)) { x = y; i = (i64)at; }
    }
    best_of_warp<LEAST>(x, i);
    if constexpr (WIDE) {
      T* const values = reinterpret_cast<T*>(memory);
      i64* const places = reinterpret_cast<i64*>(memory + 256);
      if (threadIdx.x % 32 == 0) { values[threadIdx.x / 32] = x; places[threadIdx.x / 32] = i; }
      __syncthreads();
      x = values[0];
      i = places[0];
      for (u32 warp = 1; warp < 8; warp++)
        if (beats<LEAST>(values[warp], places[warp], x, i)) { x = values[warp]; i = places[warp]; }
      __syncthreads();
      return i;
    } else {
      return from_first(i);
    }
  }
  template <class LOAD, class T> D void keep(LOAD load, u64 row, u64 count, T* kept) {
    for (u64 at = thread(); at < count; at += threads()) kept[at] = load(row, at);
    meet();
  }
  template <class STORE> D void store(STORE store, u64 row, u64 count) {
    for (u64 at = thread(); at < count; at += threads()) store(row, at);
  }
};
