#!/bin/sh
# install.sh [--prefix DIR]: installs the gateway that this script came with.
#
# The program goes to PREFIX/lib/ollama-gateway, a link to it to PREFIX/bin; completions for bash and
# zsh go to PREFIX/share. As root with the default prefix, /usr/local, a systemd unit and first
# settings, /var/lib/ollama-gateway/config.json, are installed as well; nothing is started, and
# settings that are there already stay. An older version is replaced whole, also while it runs.
set -eu
# What is installed is for everybody, whatever the shell's umask; the settings get modes of their own.
umask 022

prefix=/usr/local
while [ $# -gt 0 ]; do
  case $1 in
    --prefix)
      [ $# -ge 2 ] || { echo "--prefix needs a folder" >&2; exit 2; }
      prefix=$2
      shift 2
      ;;
    --prefix=*)
      prefix=${1#--prefix=}
      shift
      ;;
    -h | --help)
      sed -n '2,7s/^# \{0,1\}//p' "$0"
      exit 0
      ;;
    *)
      echo "unknown argument: $1; install.sh --help shows what there is" >&2
      exit 2
      ;;
  esac
done
# DESTDIR is for those who make packages.
root=${DESTDIR:-}
here=$(cd "$(dirname "$0")" && pwd -P)

# The settings first: where they can't be, the program isn't touched.
service=
if [ "$prefix" = /usr/local ] && { [ "$(id -u)" = 0 ] || [ -n "$root" ]; }; then
  service=yes
  settings=$root/var/lib/ollama-gateway
  if [ ! -e "$settings" ]; then
    mkdir -p "$root/var/lib"
    mkdir -m 700 "$settings"
  fi
  if [ ! -e "$settings/config.json" ] && [ ! -L "$settings/config.json" ]; then
    # Whose folder it is, theirs is the file: a service that ran before has a user of its own. That
    # one may have put a link there meanwhile, so nothing here follows links.
    (set -C && umask 077 && cat "$here/config.json" >"$settings/config.json") ||
      { echo "$settings/config.json can't be written; nothing was installed" >&2; exit 1; }
    chown -h "$(stat -c %u:%g "$settings/")" "$settings/config.json"
  fi
fi

mkdir -p "$root$prefix/lib" "$root$prefix/bin" \
  "$root$prefix/share/bash-completion/completions" "$root$prefix/share/zsh/site-functions" ||
  { echo "$prefix can't be written: run this as root, or choose another --prefix" >&2; exit 1; }

# All or nothing: copied beside, then put in place.
new=$(mktemp -d "$root$prefix/lib/ollama-gateway.XXXXXX")
trap 'rm -rf "$new"' EXIT
for part in bin conf legal lib release README.md docs; do
  cp -R "$here/$part" "$new/"
done
# Unpacked under another umask, it has modes that others can do nothing with.
chmod -R u+rwX,go+rX,go-w "$new"
old=$root$prefix/lib/ollama-gateway
if [ -e "$old" ]; then
  mv "$old" "$new.old"
fi
mv "$new" "$old"
rm -rf "$new.old"

ln -sf ../lib/ollama-gateway/bin/ollama-gateway "$root$prefix/bin/ollama-gateway"
cp "$here/completions/ollama-gateway.bash" \
  "$root$prefix/share/bash-completion/completions/ollama-gateway"
cp "$here/completions/_ollama-gateway" "$root$prefix/share/zsh/site-functions/"
chmod 644 "$root$prefix/share/bash-completion/completions/ollama-gateway" \
  "$root$prefix/share/zsh/site-functions/_ollama-gateway"
echo "installed $prefix/bin/ollama-gateway"

if [ -n "$service" ]; then
  mkdir -p "$root/etc/systemd/system"
  cp "$here/ollama-gateway.service" "$root/etc/systemd/system/"
  chmod 644 "$root/etc/systemd/system/ollama-gateway.service"
  cat <<'END'
installed /etc/systemd/system/ollama-gateway.service
the settings are in /var/lib/ollama-gateway/config.json; next:
  ollama-gateway key new --config /var/lib/ollama-gateway/config.json --name admin --admin
  ollama-gateway check --config /var/lib/ollama-gateway/config.json
  systemctl daemon-reload && systemctl enable --now ollama-gateway
END
fi
