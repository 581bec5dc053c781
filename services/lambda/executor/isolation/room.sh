# Makes the folder that functions see as / in this mount namespace, and stays: whoever enters the namespace finds it.
# Arguments: an empty folder, node, bootstrap folder, libraries (one per line), SDK folder, what of it (one per line), "open" or "closed",
# what engines need (lines of a place below the root, "=", and what is there).
set -e
# In a user namespace nothing may be taken off that the mount it comes from forbids; what is left then is noexec.
show() {
  mount --bind -o ro,nosuid,nodev "$1" "$2" || mount -o remount,bind,ro,nosuid,nodev,noexec "$2"
}
root=$1 node=$2 bootstrap=$3 libraries=$4 sdk=$5 packages=$6 kind=$7 mounts=$8
mkdir -p "$root"
mount -t tmpfs -o mode=0755,nosuid,nodev,size=64m tmpfs "$root"
cd "$root"
mkdir -p etc dev proc tmp opt var/task var/lang/bin var/runtime/bootstrap var/runtime/node_modules var/node_modules node_modules
echo 'sbx:x:0:0::/tmp:/sbin/nologin' > etc/passwd
echo '127.0.0.1 localhost' > etc/hosts
echo 'hosts: files' > etc/nsswitch.conf
echo 'nameserver 127.0.0.1' > etc/resolv.conf
ln -s /proc/self/fd dev/fd
for device in null zero full random urandom; do
  : > dev/$device
  mount --bind /dev/$device dev/$device
done
: > var/lang/bin/node
show "$node" var/lang/bin/node
cp "$bootstrap"/*.mjs var/runtime/bootstrap/
IFS='
'
for package in $packages; do
  mkdir -p "var/runtime/node_modules/$package"
  show "$sdk/$package" "var/runtime/node_modules/$package"
done
for mount in $mounts; do
  to=${mount%%=*} from=${mount#*=}
  if [ -d "$from" ]; then
    mkdir -p "$to"
  else
    mkdir -p "${to%/*}"
    : > "$to"
  fi
  show "$from" "$to"
done
if [ "$kind" = open ]; then
  mkdir usr
  show /usr usr
  for name in bin sbin lib lib32 lib64; do
    if [ -L /$name ]; then
      ln -s "$(readlink /$name)" $name
    elif [ -d /$name ]; then
      mkdir $name
      show /$name $name
    fi
  done
else
  for library in $libraries; do
    mkdir -p ".${library%/*}"
    cp -L "$library" ".$library"
  done
fi
chmod -R a+rX etc var dev 2> /dev/null || true
cd /
echo ready
exec cat
