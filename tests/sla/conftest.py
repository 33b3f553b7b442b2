"""Settings of the engine's tests."""

from hypothesis import HealthCheck, settings

# Other work on the machine may slow an example down; that is no fault of the engine.
settings.register_profile("engine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("engine")
