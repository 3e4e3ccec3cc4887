# Made by funcs. For the classic builder, which knows neither heredocs nor RUN --mount.
# Credentials are never here: what ARG and ENV say is read by `docker history`.
FROM $base
$before
$layers
$after
$config
