/* A scripted libnvidia-ml.so.1, so that the meter is tested without a GPU.
 *
 * The real Python bindings run on top of it: struct layouts, return codes, error
 * classes. Power follows a script; sensors publish a boxcar mean of it periodically,
 * as measured by Yang, Adamek, Armour 2024 (doi:10.1109/SC41406.2024.00028); the
 * energy counter has a period of its own. Units as in NVML: ms, mW, mJ, bytes.
 *
 * fake_command(), which comes before all else with "reset", takes
 *   reset                           all settings back, clock 0
 *   clock MS
 *   boards N
 *   uuid BOARD TEXT
 *   set BOARD KEY VALUE             KEY: see KEYS below
 *   power BOARD FROM_MS MW          a step of the true power; in order of time
 *   process BOARD PID BYTES         BYTES -1: not available, as under WDDM
 *   fault FUNCTION CODE AFTER_CALLS fails with CODE once it answered AFTER_CALLS times
 *   faultat FUNCTION CODE MS        fails with CODE from that time on
 *   fieldfault ID SCOPE CODE        one field value fails within a successful call
 */
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { SUCCESS, UNINITIALIZED, INVALID, NOT_SUPPORTED, NOT_FOUND = 6, TOO_SMALL };
enum { BOARDS = 4, STEPS = 64, PROCESSES = 8, FAULTS = 16, PASCAL = 4, AMPERE = 7 };
enum { POWER_INSTANT = 186 };

typedef unsigned long long u64;
typedef struct { unsigned pid; u64 bytes; unsigned instance, compute; } process_t;
typedef struct {
  char uuid[64];
  double architecture, total_bytes, reserved_bytes, gpu_pct, memory_pct;
  double temperature_c, sm_mhz, limit_mw, throttle_bits, mig, power_scope;
  double publish_ms, instant_ms, average_ms; /* period, and widths of the boxcars */
  double counter_ms, counter_start_mj, counter_reset_ms, counter_stuck_ms;
  int steps, processes;
  struct { double from_ms, mw; } step[STEPS];
  process_t process[PROCESSES];
} board_t;
typedef struct { char function[64]; int code; long after, calls; double at_ms; } fault_t;

#define KEY(name) {#name, offsetof(board_t, name)}
static const struct { const char *name; size_t offset; } KEYS[] = {
    KEY(architecture), KEY(total_bytes), KEY(reserved_bytes), KEY(gpu_pct),
    KEY(memory_pct), KEY(temperature_c), KEY(sm_mhz), KEY(limit_mw),
    KEY(throttle_bits), KEY(mig), KEY(power_scope), KEY(publish_ms),
    KEY(instant_ms), KEY(average_ms), KEY(counter_ms), KEY(counter_start_mj),
    KEY(counter_reset_ms), KEY(counter_stuck_ms)};

static board_t board[BOARDS];
static fault_t fault[FAULTS];
static struct { unsigned id, scope; int code; } field_fault[FAULTS];
static int boards, faults, field_faults, started;
static double now_ms;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void reset(void) {
  memset(board, 0, sizeof board);
  boards = 1;
  faults = field_faults = 0;
  now_ms = 0;
  for (int i = 0; i < BOARDS; i++) {
    board_t *b = &board[i];
    snprintf(b->uuid, sizeof b->uuid, "GPU-00000000-0000-0000-0000-00000000000%d", i);
    b->architecture = AMPERE;
    b->total_bytes = 8e9, b->reserved_bytes = 2e8;
    b->gpu_pct = 90, b->memory_pct = 40, b->temperature_c = 60, b->sm_mhz = 1500;
    b->limit_mw = 200000;
    b->publish_ms = b->instant_ms = b->counter_ms = 100, b->average_ms = 1000;
    b->counter_start_mj = 5e6, b->counter_reset_ms = b->counter_stuck_ms = -1;
    b->steps = 1, b->step[0].mw = 30000;
  }
}

/* True energy of [0, t], in mW ms. The first level also holds before its time. */
static double integral(const board_t *b, double t) {
  double sum = 0;
  for (int i = 0; i < b->steps; i++) {
    double from = i ? b->step[i].from_ms : 0;
    double to = i + 1 < b->steps && b->step[i + 1].from_ms < t ? b->step[i + 1].from_ms : t;
    if (to > from) sum += (to - from) * b->step[i].mw;
  }
  return sum;
}

static double published(double t, double period) {
  return period > 0 ? (double)(long)(t / period) * period : t;
}

static unsigned boxcar_mw(const board_t *b, double width) {
  double end = published(now_ms, b->publish_ms);
  double begin = end > width ? end - width : 0;
  if (end <= begin) return (unsigned)b->step[0].mw;
  return (unsigned)((integral(b, end) - integral(b, begin)) / (end - begin) + 0.5);
}

static u64 counter_mj(const board_t *b) {
  double t = now_ms;
  if (b->counter_stuck_ms >= 0 && t > b->counter_stuck_ms) t = b->counter_stuck_ms;
  t = published(t, b->counter_ms);
  if (b->counter_reset_ms >= 0 && t >= b->counter_reset_ms)
    return (u64)((integral(b, t) - integral(b, b->counter_reset_ms)) / 1e3);
  return (u64)(b->counter_start_mj + integral(b, t) / 1e3);
}

static int add_fault(const char *function, int code, long after, double at_ms) {
  if (faults == FAULTS) return -1;
  fault_t *f = &fault[faults++];
  *f = (fault_t){.code = code, .after = after, .at_ms = at_ms};
  snprintf(f->function, sizeof f->function, "%s", function);
  return 0;
}

static int set(int i, const char *key, double value) {
  for (size_t k = 0; k < sizeof KEYS / sizeof *KEYS; k++)
    if (!strcmp(KEYS[k].name, key)) {
      *(double *)((char *)&board[i] + KEYS[k].offset) = value;
      return 0;
    }
  return -1;
}

static int add_step(board_t *b, double from_ms, double mw) {
  if (from_ms <= 0) b->steps = 0;
  if (b->steps == STEPS) return -1;
  b->step[b->steps].from_ms = from_ms;
  b->step[b->steps++].mw = mw;
  return 0;
}

static int add_process(board_t *b, unsigned pid, long long bytes) {
  if (b->processes == PROCESSES) return -1;
  b->process[b->processes++] = (process_t){pid, (u64)bytes, ~0u, ~0u};
  return 0;
}

static int obey(const char *line) {
  char text[64];
  int i, code;
  unsigned a, b;
  long after;
  long long bytes;
  double x, y;
  if (!strcmp(line, "reset")) return reset(), 0;
  if (sscanf(line, "clock %lf", &x) == 1) return now_ms = x, 0;
  if (sscanf(line, "boards %d", &i) == 1) return i > BOARDS ? -1 : (boards = i, 0);
  if (sscanf(line, "fault %63s %d %ld", text, &code, &after) == 3)
    return add_fault(text, code, after, -1);
  if (sscanf(line, "faultat %63s %d %lf", text, &code, &x) == 3)
    return add_fault(text, code, -1, x);
  if (sscanf(line, "fieldfault %u %u %d", &a, &b, &code) == 3) {
    if (field_faults == FAULTS) return -1;
    field_fault[field_faults].id = a, field_fault[field_faults].scope = b;
    return field_fault[field_faults++].code = code, 0;
  }
  if (sscanf(line, "%*s %d", &i) != 1 || i < 0 || i >= BOARDS) return -1;
  if (sscanf(line, "uuid %*d %63s", text) == 1) return strcpy(board[i].uuid, text), 0;
  if (sscanf(line, "set %*d %63s %lf", text, &x) == 2) return set(i, text, x);
  if (sscanf(line, "power %*d %lf %lf", &x, &y) == 2) return add_step(&board[i], x, y);
  if (sscanf(line, "process %*d %u %lld", &a, &bytes) == 2)
    return add_process(&board[i], a, bytes);
  return -1;
}

int fake_command(const char *line) {
  pthread_mutex_lock(&lock);
  int bad = obey(line);
  pthread_mutex_unlock(&lock);
  if (bad) fprintf(stderr, "fake_nvml: bad command: %s\n", line);
  return bad;
}

static int code_of(const char *function) {
  if (!started) return UNINITIALIZED;
  for (int i = 0; i < faults; i++) {
    fault_t *f = &fault[i];
    if (strcmp(f->function, function)) continue;
    if (f->at_ms >= 0 ? now_ms >= f->at_ms : f->calls++ >= f->after) return f->code;
  }
  return SUCCESS;
}

/* An entry point: the lock, the faults, then a block that may set `code`. */
#define ENTRY(name, parameters, ...)     \
  int name parameters {                  \
    pthread_mutex_lock(&lock);           \
    int code = code_of(#name);           \
    if (code == SUCCESS) __VA_ARGS__     \
    pthread_mutex_unlock(&lock);         \
    return code;                         \
  }
#define NUMBER(name, type, value) ENTRY(name, (board_t * b, type *out), { *out = (type)(value); })

static int put(char *out, unsigned size, const char *text) {
  return snprintf(out, size, "%s", text) < (int)size ? SUCCESS : TOO_SMALL;
}

const char *nvmlErrorString(int code) {
  return code == 15 ? "GPU is lost" : "scripted error";
}
int nvmlInitWithFlags(unsigned flags) {
  (void)flags;
  started++;
  int code = code_of("nvmlInitWithFlags");
  if (code) started--;
  return code;
}
ENTRY(nvmlShutdown, (void), { started--; })
ENTRY(nvmlSystemGetDriverVersion, (char *out, unsigned size), { code = put(out, size, "555.0"); })
ENTRY(nvmlSystemGetNVMLVersion, (char *out, unsigned size), { code = put(out, size, "12.555"); })
ENTRY(nvmlDeviceGetHandleByUUID, (const char *uuid, board_t **out), {
  code = NOT_FOUND;
  for (int i = 0; i < boards; i++)
    if (!strcmp(uuid, board[i].uuid)) *out = &board[i], code = SUCCESS;
})
ENTRY(nvmlDeviceGetName, (board_t *b, char *out, unsigned size), {
  (void)b;
  code = put(out, size, "Scripted Board");
})
ENTRY(nvmlDeviceGetUUID, (board_t *b, char *out, unsigned size), { code = put(out, size, b->uuid); })
NUMBER(nvmlDeviceGetArchitecture, unsigned, b->architecture)
NUMBER(nvmlDeviceGetPowerUsage, unsigned, boxcar_mw(b, b->average_ms))
NUMBER(nvmlDeviceGetEnforcedPowerLimit, unsigned, b->limit_mw)
NUMBER(nvmlDeviceGetPowerManagementDefaultLimit, unsigned, b->limit_mw)
NUMBER(nvmlDeviceGetPersistenceMode, unsigned, ((void)b, 1))
NUMBER(nvmlDeviceGetCurrentClocksThrottleReasons, u64, b->throttle_bits)
ENTRY(nvmlDeviceGetTotalEnergyConsumption, (board_t *b, u64 *out), {
  if (b->architecture <= PASCAL) code = NOT_SUPPORTED;
  else *out = counter_mj(b);
})
ENTRY(nvmlDeviceGetMigMode, (board_t *b, unsigned *current, unsigned *pending), {
  *current = *pending = (unsigned)b->mig;
  if (b->architecture < AMPERE) code = NOT_SUPPORTED;
})
ENTRY(nvmlDeviceGetUtilizationRates, (board_t *b, unsigned out[2]), {
  out[0] = (unsigned)b->gpu_pct, out[1] = (unsigned)b->memory_pct;
  if (b->mig) code = NOT_SUPPORTED;
})
ENTRY(nvmlDeviceGetTemperature, (board_t *b, unsigned sensor, unsigned *out), {
  *out = (unsigned)b->temperature_c;
  if (sensor) code = INVALID;
})
ENTRY(nvmlDeviceGetClockInfo, (board_t *b, unsigned clock, unsigned *out), {
  *out = (unsigned)b->sm_mhz;
  if (clock != 1) code = INVALID; /* 1: the SM clock */
})
ENTRY(nvmlDeviceGetMemoryInfo, (board_t *b, u64 out[3]), { /* total, free, used */
  out[0] = (u64)b->total_bytes, out[2] = (u64)b->reserved_bytes;
  for (int i = 0; i < b->processes; i++)
    if (b->process[i].bytes != ~0ULL) out[2] += b->process[i].bytes;
  out[1] = out[0] - out[2];
})
ENTRY(nvmlDeviceGetComputeRunningProcesses_v3, (board_t *b, unsigned *n, process_t *out), {
  unsigned room = *n;
  *n = (unsigned)b->processes;
  if (room < *n) code = TOO_SMALL;
  else if (*n) memcpy(out, b->process, *n * sizeof *out);
})
typedef struct {
  unsigned id, scope;
  long long timestamp_us, latency_us;
  unsigned type;
  int code;
  union { unsigned number; u64 whole; } value;
} field_t;
ENTRY(nvmlDeviceGetFieldValues, (board_t *b, int n, field_t *f), {
  for (int i = 0; i < n; i++, f++) {
    int known = f->id == POWER_INSTANT && f->scope == (unsigned)b->power_scope;
    f->code = known ? SUCCESS : NOT_SUPPORTED;
    f->value.whole = known ? boxcar_mw(b, b->instant_ms) : 0;
    for (int k = 0; k < field_faults; k++)
      if (field_fault[k].id == f->id && field_fault[k].scope == f->scope)
        f->code = field_fault[k].code;
  }
})
