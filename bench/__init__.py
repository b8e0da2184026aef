"""What a page and a ballot cost, beside a bare Flask app under the same server: `make bench`."""
