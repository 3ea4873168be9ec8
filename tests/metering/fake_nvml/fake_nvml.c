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
 *   set BOARD KEY VALUE             KEY: see KEYS below
 *   power BOARD FROM_MS MW          a step of the true power; in order of time
 *   process BOARD PID BYTES         BYTES -1: not available, as under WDDM
 *   fault FUNCTION CODE FROM_MS     fails with CODE from that time on
 */
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { SUCCESS, UNINITIALIZED, INVALID, NOT_SUPPORTED, NOT_FOUND = 6, TOO_SMALL };
enum { BOARDS = 2, STEPS = 256, PROCESSES = 8, FAULTS = 16, PASCAL = 4, AMPERE = 7 };
enum { POWER_INSTANT = 186, LIMIT_MW = 200000 };
/* The period of all sensors, and how long their boxcars are. */
enum { PERIOD_MS = 100, INSTANT_MS = 100, AVERAGE_MS = 1000 };

typedef unsigned long long u64;
typedef struct { unsigned pid; u64 bytes; unsigned instance, compute; } process_t;
typedef struct {
  char uuid[64];
  double architecture, throttle_bits, mig, power_scope, counter_reset_ms, counter_stuck_ms;
  int steps, processes;
  struct { double from_ms, mw; } step[STEPS];
  process_t process[PROCESSES];
} board_t;
typedef struct { char function[64]; int code; double from_ms; } fault_t;

#define KEY(name) {#name, offsetof(board_t, name)}
static const struct { const char *name; size_t offset; } KEYS[] = {
    KEY(architecture), KEY(throttle_bits),    KEY(mig),
    KEY(power_scope),  KEY(counter_reset_ms), KEY(counter_stuck_ms)};

static board_t board[BOARDS];
static fault_t fault[FAULTS];
static int faults, started;
static double now_ms;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void reset(void) {
  memset(board, 0, sizeof board);
  faults = 0;
  now_ms = 0;
  for (int i = 0; i < BOARDS; i++) {
    board_t *b = &board[i];
    snprintf(b->uuid, sizeof b->uuid, "GPU-00000000-0000-0000-0000-00000000000%d", i);
    b->architecture = AMPERE;
    b->counter_reset_ms = b->counter_stuck_ms = -1;
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

static double published(double t) { return (double)(long)(t / PERIOD_MS) * PERIOD_MS; }

static unsigned boxcar_mw(const board_t *b, double width) {
  double end = published(now_ms);
  double begin = end > width ? end - width : 0;
  if (end <= begin) return (unsigned)b->step[0].mw;
  return (unsigned)((integral(b, end) - integral(b, begin)) / (end - begin) + 0.5);
}

static u64 counter_mj(const board_t *b) {
  double t = now_ms;
  if (b->counter_stuck_ms >= 0 && t > b->counter_stuck_ms) t = b->counter_stuck_ms;
  t = published(t);
  if (b->counter_reset_ms >= 0 && t >= b->counter_reset_ms)
    return (u64)((integral(b, t) - integral(b, b->counter_reset_ms)) / 1e3);
  return (u64)(5e6 + integral(b, t) / 1e3);
}

static int add_fault(const char *function, int code, double from_ms) {
  if (faults == FAULTS) return -1;
  fault_t *f = &fault[faults++];
  *f = (fault_t){.code = code, .from_ms = from_ms};
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
  unsigned pid;
  long long bytes;
  double x, y;
  if (!strcmp(line, "reset")) return reset(), 0;
  if (sscanf(line, "clock %lf", &x) == 1) return now_ms = x, 0;
  if (sscanf(line, "fault %63s %d %lf", text, &code, &x) == 3) return add_fault(text, code, x);
  if (sscanf(line, "%*s %d", &i) != 1 || i < 0 || i >= BOARDS) return -1;
  if (sscanf(line, "set %*d %63s %lf", text, &x) == 2) return set(i, text, x);
  if (sscanf(line, "power %*d %lf %lf", &x, &y) == 2) return add_step(&board[i], x, y);
  if (sscanf(line, "process %*d %u %lld", &pid, &bytes) == 2)
    return add_process(&board[i], pid, bytes);
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
  for (fault_t *f = fault; f < fault + faults; f++)
    if (!strcmp(f->function, function) && now_ms >= f->from_ms) return f->code;
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
ENTRY(nvmlDeviceGetCount_v2, (unsigned *out), { *out = BOARDS; })
ENTRY(nvmlDeviceGetHandleByUUID, (const char *uuid, board_t **out), {
  code = NOT_FOUND;
  for (int i = 0; i < BOARDS; i++) {
    int slice = board[i].mig && !strncmp(uuid, "MIG-", 4);
    if (slice ? !strcmp(uuid + 4, board[i].uuid + 4) : !strcmp(uuid, board[i].uuid))
      *out = &board[i], code = SUCCESS;
  }
})
ENTRY(nvmlDeviceGetName, (board_t *b, char *out, unsigned size), {
  (void)b;
  code = put(out, size, "Scripted Board");
})
ENTRY(nvmlDeviceGetUUID, (board_t *b, char *out, unsigned size), { code = put(out, size, b->uuid); })
NUMBER(nvmlDeviceGetArchitecture, unsigned, b->architecture)
NUMBER(nvmlDeviceGetPowerUsage, unsigned, boxcar_mw(b, AVERAGE_MS))
NUMBER(nvmlDeviceGetEnforcedPowerLimit, unsigned, ((void)b, LIMIT_MW))
NUMBER(nvmlDeviceGetPowerManagementDefaultLimit, unsigned, ((void)b, LIMIT_MW))
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
  out[0] = 90, out[1] = 40;
  if (b->mig) code = NOT_SUPPORTED;
})
ENTRY(nvmlDeviceGetTemperature, (board_t *b, unsigned sensor, unsigned *out), {
  (void)b, *out = 60;
  if (sensor) code = INVALID;
})
ENTRY(nvmlDeviceGetClockInfo, (board_t *b, unsigned clock, unsigned *out), {
  (void)b, *out = 1500;
  if (clock != 1) code = INVALID; /* 1: the SM clock */
})
ENTRY(nvmlDeviceGetMemoryInfo, (board_t *b, u64 out[3]), { /* total, free, used */
  out[0] = 8000000000, out[2] = 200000000;
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
    f->value.whole = known ? boxcar_mw(b, INSTANT_MS) : 0;
  }
})
