# Process 1 of a function's namespaces: puts its folders in their places, starts it without any right, and waits for it.
# No value of the function's owner reaches this shell; its arguments are the gateway's own paths and numbers.
# Arguments: root, code folder, layers (folders, the last one first, joined by ':'), /tmp in MiB, uid, control groups (joined by ':'),
# "above" where packages of layers and of the SDK belong into folders above the code, then the command.
root=$1 code=$2 layers=$3 tmp=$4 uid=$5 groups=$6 packages=$7
shift 7
fail() {
  echo "hypergate: $1" >&2
  exit 125
}
IFS=:
for group in $groups; do
  echo 0 > "$group/cgroup.procs" || fail 'no control group'
done
mount --bind -o ro,nosuid,nodev "$code" "$root/var/task" || fail 'no code'
case $layers in
  '') ;;
  *:*) mount -t overlay -o "ro,nosuid,nodev,lowerdir=$layers" overlay "$root/opt" || fail 'no layers' ;;
  *) mount --bind -o ro,nosuid,nodev "$layers" "$root/opt" || fail 'no layers' ;;
esac
if [ "$packages" = above ]; then
  mount --rbind "$root/var/runtime/node_modules" "$root/node_modules" || fail 'no packages'
  if [ -d "$root/opt/nodejs/node_modules" ]; then
    mount --bind "$root/opt/nodejs/node_modules" "$root/var/node_modules" || fail 'no packages of layers'
  fi
fi
mount -t tmpfs -o "size=${tmp}m,nr_inodes=1m,mode=1777,nosuid,nodev" tmpfs "$root/tmp" || fail 'no /tmp'
mount -t proc -o hidepid=2,nosuid,nodev,noexec proc "$root/proc" || fail 'no /proc'
mount -o remount,bind,ro,nosuid "$root" || fail 'root is not read-only'
ulimit -c 0
ulimit -n 1024
chroot --userspec="+$uid:+$uid" --groups= "$root" "$@" &
exec 0< /dev/null 1>&0 2>&0 3>&-
wait $!
