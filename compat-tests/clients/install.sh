#!/bin/bash
# Installs Debian's clients, its browser without a window and redis-server, for `npm run test:clients` and `npm run test:peers`. Run as root on Debian 12 or a relative of it.
set -euo pipefail

packages=(awscli rclone s3cmd python3-boto3 chromium-headless-shell redis-server redis-tools python3-redis dpkg ca-certificates)
missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
  [ "$status" = 'install ok installed' ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

export DEBIAN_FRONTEND=noninteractive
apt-get -q update </dev/null
apt-get -q install -y --no-install-recommends "${missing[@]}" </dev/null
