"""Settings of the throwaway sites that benches run on: the real ones, and two addresses more."""

from portal.settings import *  # noqa: F403

ROOT_URLCONF = "portal.bench.urls"
