# Two-line targets; the work is in scripts/. `make` lists them.
.DEFAULT_GOAL := help
.PHONY: help demo stop test sip-test rehearse rehearse-upgrade check bench lock vendor messages screenshots clean

help:         ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo:         ## start the whole product with a synthetic operator, then open the address it prints
	@scripts/demo.sh

stop:         ## stop the embedded database and broker; data stays
	@scripts/stop.sh

test:         ## run the tests (ARGS="-k name" narrows)
	@scripts/test.sh $(ARGS)

sip-test:     ## whole calls through Kamailio and SIPp (needs the packages; says which)
	@scripts/sip-test.sh $(ARGS)

rehearse:     ## start the shipped systemd units' command lines with production settings, nginx in front
	@scripts/rehearse.sh

rehearse-upgrade: ## upgrade an older version with callers on the line (FROM=revision; by default before the newest migration)
	@scripts/rehearse-upgrade.sh $(FROM)

check:        ## form, types, directions, migrations, settings for production
	@scripts/check.sh

bench:        ## print the figures (ONLY=routing narrows, BENCH_SCALE=full takes the named sizes)
	@scripts/bench.sh $(ONLY)

lock:         ## renew requirements/*.txt from pyproject.toml
	@scripts/lock.sh

vendor:       ## renew callcenter/static/vendor from vendor.toml (needs npm)
	@scripts/vendor.sh

messages:     ## collect and compile the Chinese messages (needs gettext)
	@scripts/messages.sh

screenshots:  ## picture every screen in both languages into var/screenshots
	@scripts/screenshots.sh

clean:        ## stop the servers and delete var/, .venv and caches: the demo's data too
	@scripts/clean.sh
