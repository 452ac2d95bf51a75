"""The errors a person can mend, one class an audience.

Each message is a sentence: `<where>: <what, with the offending value>; <what to do>`.
A value of a sensitive column never enters a message.
"""


class JiuzhuError(Exception):
    """Base of every error that is shown as one sentence, with the exit code of the command line."""

    exit_code = 1


class SettingsError(JiuzhuError):
    """A setting or a key is wrong or missing: the operator mends it."""

    exit_code = 2


class DeclarationError(JiuzhuError):
    """A declaration (source YAML or department YAML) is wrong: whoever wrote it mends it."""

    exit_code = 2


class DeliveryError(JiuzhuError):
    """A department's file cannot be taken as it is: the department mends it."""

    exit_code = 2


class BuildError(JiuzhuError):
    """A model, a test or the audit failed: we mend it, and yesterday's release stays served."""


class ReleaseError(JiuzhuError):
    """A release is missing, damaged or cannot be moved to: the operator mends it."""

    exit_code = 2


class LockedError(JiuzhuError):
    """Another run holds the lock: wait for it."""

    exit_code = 75
