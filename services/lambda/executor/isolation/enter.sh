# Process 1 of a function's namespaces: puts its folders in their places, starts it without any right, and waits for it.
# No value of the function's owner reaches this shell; its arguments are the gateway's own paths and numbers.
# Arguments: "root" or "user", root, code folder, layers (folders, the last one first, joined by ':'), /tmp in MiB, uid, processes at most or '',
# control groups (joined by ':'), "above" where packages of layers and of the SDK belong into folders above the code, then the command.
kind=$1 root=$2 code=$3 layers=$4 tmp=$5 uid=$6 processes=$7 groups=$8 packages=$9
shift 9
fail() {
  echo "hypergate: $1" >&2
  exit 125
}
# What the gateway has open came along, its store's files among it: libraries do not always say that they are its alone. A shell that knows descriptors
# of one digit only ends here. Its own one for this file goes by itself.
for fd in /proc/self/fd/*; do
  if [ "${fd##*/}" -gt 3 ] && ! [ "$fd" -ef "$0" ]; then
    eval "exec ${fd##*/}>&-" || fail 'descriptors stay open'
  fi
done
# In a user namespace nothing may be taken off that the mount it comes from forbids; what is left then is noexec.
show() {
  mount --bind -o ro,nosuid,nodev "$1" "$2" || mount -o remount,bind,ro,nosuid,nodev,noexec "$2"
}
IFS=:
for group in $groups; do
  echo 0 > "$group/cgroup.procs" || fail 'no control group'
done
show "$code" "$root/var/task" || fail 'no code'
case $layers in
  '') ;;
  *:*) mount -t overlay -o "ro,nosuid,nodev,lowerdir=$layers" overlay "$root/opt" || fail 'no layers' ;;
  *) show "$layers" "$root/opt" || fail 'no layers' ;;
esac
if [ "$packages" = above ]; then
  mount --rbind "$root/var/runtime/node_modules" "$root/node_modules" || fail 'no packages'
  # Links of several layers together may lead out of them, and here that is to the machine's own files.
  cd -P "$root/opt" || fail 'no layers'
  opt=$PWD
  if cd -P nodejs/node_modules 2> /dev/null; then
    case $PWD/ in
      "$opt"/*) mount --bind "$PWD" "$root/var/node_modules" || fail 'no packages of layers' ;;
    esac
  fi
  cd /
fi
mount -t tmpfs -o "size=${tmp}m,nr_inodes=1m,mode=1777,nosuid,nodev" tmpfs "$root/tmp" || fail 'no /tmp'
# Settings of its namespaces belong to who made them, which without root is its own user.
mount -t proc -o ro,hidepid=2,nosuid,nodev,noexec proc "$root/proc" || fail 'no /proc'
mount -o remount,bind,ro,nosuid,nodev "$root" || fail 'root is not read-only'
ulimit -c 0
ulimit -n 1024
if [ "$kind" = user ]; then
  # The one it is put into below. Whoever is behind a chroot may not make one either.
  echo 1 > /proc/sys/user/max_user_namespaces || fail 'more user namespaces could be made'
  if [ -n "$processes" ]; then
    ulimit -p "$processes" 2> /dev/null || ulimit -u "$processes" || fail 'no limit of processes'
  fi
  # A namespace without a root of its own: the rights in it go with the first program.
  unshare --user --map-user="$uid" --map-group="$uid" --root="$root" --wd=/ "$@" &
else
  chroot --userspec="+$uid:+$uid" --groups= "$root" "$@" &
fi
exec 0< /dev/null 1>&0 2>&0 3>&-
wait $!
