#!/usr/bin/env bash
# Finds a Chromium for the browser tests; installs Debian's where none is and that is permitted.
set -euo pipefail

for name in "${ASSAY_CHROMIUM:-}" chromium-headless-shell chromium chromium-browser google-chrome; do
  if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1; then
    exit 0
  fi
done

as_root=""
if [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo"
  else
    as_root="none"
  fi
fi

if ! command -v apt-get >/dev/null 2>&1 || [ "$as_root" = "none" ]; then
  echo "The browser tests need Chromium, and this account may not install it." >&2
  echo "Install it (Debian, Ubuntu: sudo apt-get install chromium), or name one: ASSAY_CHROMIUM=/path/to/chrome make test" >&2
  exit 1
fi

echo "Installing Chromium for the browser tests …"
$as_root apt-get update -qq
install="$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends"
# the headless shell opens a page with a third of the processor time; not every distribution has it
$install chromium-headless-shell fonts-noto-core >/dev/null 2>&1 || $install chromium fonts-noto-core >/dev/null
