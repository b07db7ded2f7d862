"""The HTTP API and the page: who asks is answered here, the pictures are worked on in processes of their own."""
