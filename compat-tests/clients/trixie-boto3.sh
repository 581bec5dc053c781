#!/bin/bash
# Unpacks the boto3 of Debian 13 into a folder without installing it: `trixie-boto3.sh FOLDER` prints its PYTHONPATH.
# The archive's address is the one this machine already uses for its own release; apt's state stays under the folder.
set -euo pipefail

folder=$1
modules="$folder/root/usr/lib/python3/dist-packages"
if [ -f "$folder/complete" ]; then
  echo "$modules"
  exit 0
fi
mkdir -p "$folder"/{lists/partial,cache/archives/partial,debs,root}

. /etc/os-release
archive=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
  awk -v release="$VERSION_CODENAME" '$2 == release { print $1; exit }')
if [ -z "$archive" ]; then
  echo "no archive of $VERSION_CODENAME among apt's sources" >&2
  exit 1
fi
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive trixie main" >"$folder/sources.list"

private=(
  -q
  -o "Dir::Etc::sourcelist=$folder/sources.list"
  -o Dir::Etc::sourceparts=-
  -o "Dir::State::lists=$folder/lists"
  -o Dir::State::status=/dev/null
  -o "Dir::Cache=$folder/cache"
  -o APT::Get::List-Cleanup=0
  -o APT::Sandbox::User=root
)
apt-get "${private[@]}" update </dev/null >&2
cd "$folder/debs"
apt-get "${private[@]}" download python3-boto3 python3-botocore python3-s3transfer python3-jmespath \
  python3-dateutil python3-urllib3 python3-six </dev/null >&2
for package in *.deb; do dpkg -x "$package" "$folder/root"; done
touch "$folder/complete"
echo "$modules"
