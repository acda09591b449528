// The process's own figures for the metrics, under the names that Prometheus's client libraries use: processor time, memory,
// descriptors, threads, start. Beside them, how much memory the process may use.
#pragma once

#include "origin/system/metrics_registry.h"

namespace rekey {

// Reads /proc and /sys. Figures that can't be read keep their values.
void show_process_figures(MetricsRegistry& metrics);

}  // namespace rekey
