"""`python3 -m podpipe.quadlet`."""

from podpipe.quadlet.main import main

raise SystemExit(main())
