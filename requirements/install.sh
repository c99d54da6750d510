#!/bin/sh
# Installs the hashed requirement file $2 into the environment $1, then makes `bursar` a command there.
set -eu
venv=$1
file=$2
root=$(pwd)

with_uv() { command -v uv >/dev/null 2>&1 && uv pip install --quiet --compile-bytecode --python "$venv/bin/python" --require-hashes -r "$file"; }
with_pip() { "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$file"; }

echo "installing $file into $venv ..." >&2
with_uv || with_pip

# Bursar itself is not built: the environment looks into this folder, so nothing without a hash is fetched.
purelib=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
printf '%s\n' "$root" > "$purelib/bursar.pth"
cat > "$venv/bin/bursar" <<'COMMAND'
#!/bin/sh
exec "$(dirname "$0")/python" -P -c 'import sys; sys.argv[0] = "bursar"; from bursar.cli.main import run; run()' "$@"
COMMAND
chmod +x "$venv/bin/bursar"
