"""Settings of a bench's throwaway site on which one mistake is put back, named by BENCH_BUG."""

from portal.bench.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.services.bench_fault_app.BenchFaultConfig"]  # noqa: F405
