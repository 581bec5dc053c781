#!/bin/bash
# Installs Debian's clients, its browser without a window and redis-server, for `npm run test:clients` and `npm run test:peers`. Run as root on Debian 12 or a relative of it.
set -euo pipefail

packages=(awscli rclone s3cmd python3-boto3 chromium-headless-shell redis-server redis-tools python3-redis postgresql-15 python3-psycopg2 python3-cassandra python3-lz4 iproute2 dpkg ca-certificates)
missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
  [ "$status" = 'install ok installed' ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

export DEBIAN_FRONTEND=noninteractive
# Of PostgreSQL the programs are wanted, not a server of its own that takes the port.
mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf
apt-get -q update </dev/null
apt-get -q install -y --no-install-recommends "${missing[@]}" </dev/null
