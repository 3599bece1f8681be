#!/bin/sh
# Compiles and starts the application. While pom.xml is as it came, that takes seconds and no network: the jars it asks
# for are on this computer. Once you have changed pom.xml, and on every other computer, it is Maven's work.
set -e
cd "$(dirname "$0")"

ready=/opt/starters/java-spring
if ! cmp -s pom.xml "$ready/pom.xml"; then
  exec mvn spring-boot:run
fi

rm -rf target/classes
mkdir -p target/classes
if [ -d src/main/resources ]; then cp -R src/main/resources/. target/classes/; fi
find src/main/java -name '*.java' -printf '"%p"\n' > target/sources.txt
javac --release 17 -parameters -encoding UTF-8 -cp "$ready/lib/*" -d target/classes @target/sources.txt

main=$(grep -rl '^@SpringBootApplication' src/main/java | head -n 1 | sed 's|^src/main/java/||; s|\.java$||; s|/|.|g')
exec java -XX:TieredStopAtLevel=1 -cp "target/classes:$ready/lib/*" "$main"
