"""The pages on which editors keep the series; every one of them is guarded by for_editors."""
