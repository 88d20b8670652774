// A stand-in for libcuda.so.1: device memory is host memory, a module is a shared object of kernels compiled by the host's
// compiler, and a launch runs its blocks one after the other, the threads of a block as coroutines.
//
// EMULATOR_ORDER chooses in which order the threads of a block take their turns: 0 forward, 1 backward, 2 permuted. A kernel
// that lacks a barrier gives another answer in at least one of them. Memory that was not written is 0xA5. Copies from and to
// pinned memory run as late as they may.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <iterator>
#include <map>
#include <mutex>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

struct dim3 { unsigned x, y, z; };
struct EmulatedMachine {
  dim3 grid, block, bid;
  unsigned thread;
  void (*barrier)();
  void (*exchange)(unsigned mask, const void* give, void* take, unsigned bytes, unsigned from);
  unsigned char* dynamic;
};

namespace {
EmulatedMachine machine;
std::recursive_mutex one_at_a_time;
struct Fiber { void* sp; char* stack; bool done; };
constexpr size_t STACK = 64 << 10;
std::vector<Fiber> fibers;
void* main_sp;
unsigned threads, live, arrived;
uint64_t generation, progress;
struct Warp { uint32_t arrived; uint64_t generation; unsigned char slot[2][32][16]; };
std::vector<Warp> warps;
std::vector<unsigned char> parity;
void (*body)(void**);
void** arguments;
}  // namespace

extern "C" void emulator_switch(void** save, void* load);
__asm__(R"(
.text
.type emulator_switch,@function
emulator_switch:
  pushq %rbp; pushq %rbx; pushq %r12; pushq %r13; pushq %r14; pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15; popq %r14; popq %r13; popq %r12; popq %rbx; popq %rbp
  ret
.size emulator_switch,.-emulator_switch
)");

static void yield_turn() {
  const unsigned me = machine.thread;
  emulator_switch(&fibers[me].sp, main_sp);
}
static void enter() {
  body(arguments);
  fibers[machine.thread].done = true;
  live--;
  progress++;
  if (live && arrived == live) { arrived = 0; generation++; }
  for (;;) yield_turn();
}
static void barrier() {
  const uint64_t now = generation;
  progress++;
  if (++arrived == live) { arrived = 0; generation++; return; }
  while (generation == now) yield_turn();
}
static void exchange(unsigned mask, const void* give, void* take, unsigned bytes, unsigned from) {
  const unsigned me = machine.thread, lane = me & 31;
  Warp& warp = warps[me >> 5];
  const unsigned side = parity[me] ^= 1;
  memcpy(warp.slot[side][lane], give, bytes);
  const unsigned first = me & ~31u, count = threads - first < 32 ? threads - first : 32;
  const uint32_t wanted = mask & (count == 32 ? ~0u : (1u << count) - 1);
  const uint64_t now = warp.generation;
  progress++;
  warp.arrived |= 1u << lane;
  if ((warp.arrived & wanted) == wanted) { warp.arrived &= ~wanted; warp.generation++; }
  else while (warp.generation == now) yield_turn();
  memcpy(take, warp.slot[side][from], bytes);
}
static int order() {
  static const int chosen = [] { const char* text = getenv("EMULATOR_ORDER"); return text ? atoi(text) : 0; }();
  return chosen;
}
static int now_order = -1;
extern "C" void emulator_set_order(int wanted) { now_order = wanted; }

static void run_block() {
  live = threads;
  arrived = 0;
  for (unsigned i = 0; i < threads; i++) {
    fibers[i].done = false;
    void** sp = (void**)(((uintptr_t)fibers[i].stack + STACK) & ~(uintptr_t)15);
    *--sp = nullptr;
    *--sp = (void*)&enter;
    for (int k = 0; k < 6; k++) *--sp = nullptr;
    fibers[i].sp = sp;
  }
  for (Warp& warp : warps) warp.arrived = 0;
  const int how = now_order >= 0 ? now_order : order();
  while (live) {
    const uint64_t before = progress;
    for (unsigned k = 0; k < threads; k++) {
      const unsigned i = how == 1 ? threads - 1 - k : how == 2 ? (unsigned)((k * 7919ull + 13) % threads) : k;
      if (fibers[i].done) continue;
      machine.thread = i;
      emulator_switch(&main_sp, fibers[i].sp);
    }
    if (live && progress == before) {
      fprintf(stderr, "emulator: the threads of block %u wait for each other\n", machine.bid.x);
      abort();
    }
  }
}
static void run(void (*kernel)(void**), void** a, dim3 grid, dim3 block, unsigned shared) {
  // A block finds nothing in its memory, and the end of it is watched.
  std::vector<uint64_t> memory((shared + 15) / 8);
  machine.dynamic = (unsigned char*)memory.data();
  machine.grid = grid;
  machine.block = block;
  threads = block.x * block.y * block.z;
  while (fibers.size() < threads) fibers.push_back({nullptr, (char*)malloc(STACK), false});
  warps.resize((threads + 31) / 32);
  parity.assign(threads, 0);
  machine.barrier = barrier;
  machine.exchange = exchange;
  body = kernel;
  arguments = a;
  for (unsigned z = 0; z < grid.z; z++)
    for (unsigned y = 0; y < grid.y; y++)
      for (unsigned x = 0; x < grid.x; x++) {
        machine.bid = {x, y, z};
        memset(machine.dynamic, 0xA5, 8 * memory.size());
        run_block();
        for (size_t i = shared; i < 8 * memory.size(); i++)
          if (machine.dynamic[i] != 0xA5) { fprintf(stderr, "emulator: written behind the end of %u shared bytes\n", shared); abort(); }
      }
}

// --- memory, counted; a limit and a fault can be set ------------------------------------------------------------------
typedef int Result;
typedef uint64_t Pointer;
namespace {
enum { SUCCESS = 0, BAD_VALUE = 1, OUT_OF_MEMORY = 2, NO_DEVICE = 100, BAD_DEVICE = 101, BAD_IMAGE = 200, NOT_FOUND = 500, NOT_READY = 600 };
size_t in_use, pooled, limit = (size_t)8 << 30, replayed;
std::map<Pointer, size_t> blocks;
// Freed memory by size: as in the driver's pool, what is freed is what the next run gets. It is the device's again when the
// pool is trimmed.
std::map<size_t, std::vector<Pointer>> freed;
size_t whole(size_t bytes) { return (bytes + 511) & ~(size_t)255; }
int fault, capture_fault, refused, pinnable = 1;
thread_local void* current;
// Pinned memory with its size, and copies from and to it that have not run yet.
std::map<Pointer, size_t> pinned;
struct Late { Pointer to, from; size_t bytes; };
std::vector<Late> late;
bool is_pinned(Pointer at) {
  auto behind = pinned.upper_bound(at);
  return behind != pinned.begin() && at < std::prev(behind)->first + std::prev(behind)->second;
}
int catch_up() {
  for (const Late& copy : late) memcpy((void*)copy.to, (void*)copy.from, copy.bytes);
  late.clear();
  return fault;
}
struct Function { void (*run)(void**); std::vector<unsigned> sizes; };
struct Work { Function* function; dim3 grid, block; std::vector<std::vector<unsigned char>> arguments; Pointer to, from; size_t bytes; int fill; void (*library)(const void*) = nullptr; };
struct Graph { std::vector<Work> work; };
struct Stream { Graph* capture = nullptr; };
}  // namespace
#define LOCK std::lock_guard<std::recursive_mutex> lock(one_at_a_time)
extern "C" {
void emulator_set_memory(size_t bytes) { LOCK; limit = bytes; }
void emulator_set_fault(int code) { LOCK; fault = code; }
// Recordings fail with this code when they end; 0 ends it.
void emulator_set_capture_fault(int code) { LOCK; capture_fault = code; }
// So many images are those of another device.
void emulator_refuse_images(int times) { LOCK; refused = times; }
// Whether pinned memory can be had.
void emulator_set_pinnable(int yes) { LOCK; pinnable = yes; }
size_t emulator_pooled() { LOCK; return pooled; }
// What a library queues: it runs now, or whenever the recording of the stream is replayed.
Result emulator_queue(void* stream, void (*library)(const void*), const void* data, size_t bytes) {
  LOCK;
  if (fault) return fault;
  if (auto* capture = ((Stream*)stream)->capture) {
    const auto* from = (const unsigned char*)data;
    capture->work.push_back({nullptr, {}, {}, {{from, from + bytes}}, 0, 0, 0, -1, library});
    return SUCCESS;
  }
  catch_up();
  library(data);
  return SUCCESS;
}
size_t emulator_in_use() { LOCK; return in_use; }
size_t emulator_replayed() { LOCK; return replayed; }

Result cuInit(unsigned) { return getenv("EMULATOR_NO_DEVICE") ? NO_DEVICE : SUCCESS; }
Result cuDriverGetVersion(int* version) { *version = getenv("EMULATOR_OLD") ? 11040 : 13000; return SUCCESS; }
Result cuDeviceGet(int* device, int ordinal) { *device = 0; return ordinal ? BAD_DEVICE : SUCCESS; }
Result cuDeviceGetCount(int* count) { *count = 1; return SUCCESS; }
Result cuDeviceGetName(char* to, int bytes, int) { snprintf(to, bytes, "emulator"); return SUCCESS; }
Result cuDeviceTotalMem_v2(size_t* bytes, int) { *bytes = limit; return SUCCESS; }
Result cuDeviceGetAttribute(int* value, int what, int) {
  // Compute capability 9.0, memory pools, 2 multiprocessors, warps of 32.
  *value = what == 75 ? 9 : what == 76 ? 0 : what == 115 ? 1 : what == 16 ? 2 : what == 10 ? 32 : 0;
  return SUCCESS;
}
Result cuDevicePrimaryCtxRetain(void** context, int) { *context = (void*)0x1000; return SUCCESS; }
Result cuDevicePrimaryCtxRelease_v2(int) { return SUCCESS; }
Result cuCtxGetCurrent(void** context) { *context = current; return SUCCESS; }
Result cuCtxSetCurrent(void* context) { current = context; return SUCCESS; }
Result cuCtxSynchronize() { LOCK; return catch_up(); }
Result cuStreamCreate(void** stream, unsigned) { *stream = new Stream; return SUCCESS; }
Result cuStreamDestroy_v2(void* stream) { delete (Stream*)stream; return SUCCESS; }
Result cuStreamSynchronize(void*) { LOCK; return catch_up(); }
Result cuStreamWaitEvent(void*, void*, unsigned) { return fault; }
Result cuEventCreate(void** event, unsigned) { *event = malloc(8); return SUCCESS; }
Result cuEventRecord(void*, void*) { return fault; }
Result cuEventSynchronize(void*) { LOCK; return catch_up(); }
Result cuEventQuery(void*) { return fault; }
Result cuEventDestroy_v2(void* event) { free(event); return SUCCESS; }
Result cuDeviceGetDefaultMemPool(void** pool, int) { *pool = (void*)0x3000; return SUCCESS; }
Result cuMemPoolSetAttribute(void*, int, void*) { return SUCCESS; }
Result cuMemPoolTrimTo(void*, size_t) {
  LOCK;
  if (fault) return fault;
  for (auto& [bytes, all] : freed) for (Pointer at : all) free((void*)at);
  freed.clear();
  pooled = 0;
  return SUCCESS;
}
Result cuMemGetInfo_v2(size_t* free, size_t* total) { LOCK; *total = limit; *free = limit > in_use + pooled ? limit - in_use - pooled : 0; return fault; }
Result cuMemAllocAsync(Pointer* at, size_t bytes, void*) {
  LOCK;
  if (fault) return fault;
  if (bytes == 0) return BAD_VALUE;
  // A byte behind the end is written before: what reads there sees 0xA5.
  auto& free_blocks = freed[whole(bytes)];
  const size_t idle = free_blocks.empty() ? pooled : pooled - whole(bytes);
  if (in_use + idle + bytes > limit) return OUT_OF_MEMORY;
  void* memory;
  if (free_blocks.empty()) {
    memory = aligned_alloc(256, whole(bytes));
  } else {
    memory = (void*)free_blocks.back();
    free_blocks.pop_back();
  }
  if (!memory) return OUT_OF_MEMORY;
  pooled = idle;
  memset(memory, 0xA5, whole(bytes));
  *at = (Pointer)memory;
  blocks[*at] = bytes;
  in_use += bytes;
  return SUCCESS;
}
Result cuMemFreeAsync(Pointer at, void*) {
  LOCK;
  catch_up();
  auto found = blocks.find(at);
  if (found == blocks.end()) { fprintf(stderr, "emulator: freed what is not allocated\n"); abort(); }
  in_use -= found->second;
  pooled += whole(found->second);
  for (size_t i = found->second; i < whole(found->second); i++)
    if (((unsigned char*)at)[i] != 0xA5) { fprintf(stderr, "emulator: written behind the end of a block of %zu bytes\n", found->second); abort(); }
  memset((void*)at, 0xA5, found->second);
  freed[whole(found->second)].push_back(at);
  blocks.erase(found);
  return SUCCESS;
}
Result cuMemHostAlloc(void** at, size_t bytes, unsigned) {
  LOCK;
  if (fault) return fault;
  if (!pinnable) return OUT_OF_MEMORY;
  *at = malloc(bytes);
  pinned[(Pointer)*at] = bytes;
  return SUCCESS;
}
Result cuMemFreeHost(void* at) { LOCK; catch_up(); pinned.erase((Pointer)at); free(at); return SUCCESS; }
Result copy(Pointer to, Pointer from, size_t bytes, bool is_late) {
  if (fault) return fault;
  late.push_back({to, from, bytes});
  return is_late ? SUCCESS : catch_up();
}
Result cuMemcpyHtoDAsync_v2(Pointer to, const void* from, size_t bytes, void*) { LOCK; return copy(to, (Pointer)from, bytes, is_pinned((Pointer)from)); }
Result cuMemcpyDtoHAsync_v2(void* to, Pointer from, size_t bytes, void*) { LOCK; return copy((Pointer)to, from, bytes, is_pinned((Pointer)to)); }
Result cuMemcpyDtoDAsync_v2(Pointer to, Pointer from, size_t bytes, void* stream) {
  LOCK;
  if (fault) return fault;
  if (auto* capture = ((Stream*)stream)->capture) { capture->work.push_back({nullptr, {}, {}, {}, to, from, bytes, -1}); return SUCCESS; }
  catch_up();
  memmove((void*)to, (void*)from, bytes);
  return SUCCESS;
}
Result cuMemsetD8Async(Pointer to, unsigned char value, size_t bytes, void* stream) {
  LOCK;
  if (fault) return fault;
  if (auto* capture = ((Stream*)stream)->capture) { capture->work.push_back({nullptr, {}, {}, {}, to, 0, bytes, value}); return SUCCESS; }
  catch_up();
  memset((void*)to, value, bytes);
  return SUCCESS;
}

// --- modules: a length, then a shared object -----------------------------------------------------------------------
Result cuModuleLoadData(void** module, const void* image) {
  LOCK;
  if (refused) return refused--, BAD_IMAGE;
  uint64_t bytes;
  memcpy(&bytes, image, 8);
  // The descriptor stays open: the loader knows objects by their path, and a number used again would be the old object.
  const int file = memfd_create("module", MFD_CLOEXEC);
  if (file < 0 || write(file, (const char*)image + 8, bytes) != (ssize_t)bytes) return BAD_IMAGE;
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  *module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!*module) { fprintf(stderr, "emulator: %s\n", dlerror()); return BAD_IMAGE; }
  ((void (*)(EmulatedMachine*))dlsym(*module, "emulator_attach"))(&machine);
  return SUCCESS;
}
Result cuModuleUnload(void*) { return SUCCESS; }
Result cuModuleGetFunction(void** to, void* module, const char* name) {
  LOCK;
  auto* function = new Function;
  function->run = (void (*)(void**))dlsym(module, (std::string(name) + "__thread").c_str());
  auto* sizes = (void (*)(unsigned*))dlsym(module, (std::string(name) + "__sizes").c_str());
  if (!function->run || !sizes) return NOT_FOUND;
  unsigned all[600] = {0};
  sizes(all);
  for (unsigned i = 0; all[i]; i++) function->sizes.push_back(all[i]);
  *to = function;
  return SUCCESS;
}
Result cuFuncLoad(void*) { return SUCCESS; }
Result cuLaunchKernel(void* kernel, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared,
                      void* stream, void** a, void**) {
  LOCK;
  if (fault) return fault;
  auto* function = (Function*)kernel;
  size_t bytes = 0;
  for (unsigned size : function->sizes) bytes += size;
  if (bytes > 4096 || shared > 48 << 10 || gx == 0 || gy == 0 || bx == 0 || bx * by * bz > 1024) return BAD_VALUE;
  if (auto* capture = ((Stream*)stream)->capture) {
    Work work{function, {gx, gy, gz}, {bx, by, bz}, {}, 0, 0, shared, -1};
    for (size_t i = 0; i < function->sizes.size(); i++)
      work.arguments.emplace_back((unsigned char*)a[i], (unsigned char*)a[i] + function->sizes[i]);
    capture->work.push_back(work);
    return SUCCESS;
  }
  catch_up();
  run(function->run, a, {gx, gy, gz}, {bx, by, bz}, shared);
  return SUCCESS;
}

// --- graphs: launches and copies in order --------------------------------------------------------------------------
Result cuStreamBeginCapture_v2(void* stream, int) { LOCK; ((Stream*)stream)->capture = new Graph; return SUCCESS; }
Result cuStreamEndCapture(void* stream, void** graph) {
  LOCK;
  *graph = ((Stream*)stream)->capture;
  ((Stream*)stream)->capture = nullptr;
  if (capture_fault) { delete (Graph*)*graph; *graph = nullptr; return capture_fault; }
  return *graph ? SUCCESS : BAD_VALUE;
}
Result cuGraphInstantiateWithFlags(void** executable, void* graph, unsigned long long) { *executable = new Graph(*(Graph*)graph); return SUCCESS; }
Result cuGraphDestroy(void* graph) { delete (Graph*)graph; return SUCCESS; }
Result cuGraphExecDestroy(void* graph) { delete (Graph*)graph; return SUCCESS; }
Result cuGraphLaunch(void* executable, void*) {
  LOCK;
  if (catch_up()) return fault;
  for (Work& work : ((Graph*)executable)->work) {
    replayed++;
    if (work.library) { work.library(work.arguments[0].data()); continue; }
    if (work.fill >= 0) { memset((void*)work.to, work.fill, work.bytes); continue; }
    if (!work.function) { memmove((void*)work.to, (void*)work.from, work.bytes); continue; }
    std::vector<void*> a;
    for (auto& argument : work.arguments) a.push_back(argument.data());
    run(work.function->run, a.data(), work.grid, work.block, work.bytes);
  }
  return SUCCESS;
}
}
