"""Settings of hypothesis: a loaded machine is no failure, and nothing is left behind."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "ftp_py", deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ftp_py")
