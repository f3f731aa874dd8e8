// SPDX-License-Identifier: Apache-2.0
// LEMON's network simplex (liblemon-dev 1.3.1) on one DIMACS .min file: status 1 is optimal; cpu is the solver's own time in seconds.
#include <cstdio>
#include <ctime>
#include <fstream>
#include <lemon/dimacs.h>
#include <lemon/network_simplex.h>
#include <lemon/smart_graph.h>
#include <sys/resource.h>

using Graph = lemon::SmartDigraph;
using Number = long long;

static double cpu() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

int main(int, char **argv) {
  Graph g;
  Graph::ArcMap<Number> low(g), cap(g), cost(g);
  Graph::NodeMap<Number> supply(g);
  std::ifstream file(argv[1]);
  lemon::readDimacsMin(file, g, low, cap, cost, supply);
  lemon::NetworkSimplex<Graph, Number, Number> s(g);
  s.lowerMap(low).upperMap(cap).costMap(cost).supplyMap(supply);
  double start = cpu();
  int status = s.run();
  double took = cpu() - start;
  rusage r;
  getrusage(RUSAGE_SELF, &r);
  printf("status=%d cost=%lld cpu=%.4f rss_mib=%ld\n", status, s.totalCost<Number>(), took, r.ru_maxrss / 1024);
}
